/** Long enough to read a sentence and a path; it can be put away sooner. */
const stays = 12_000;

/** A sentence about the window as a whole, where there is no thing beside which it could stand. */
class NoticeStore {
  text = $state<string | null>(null);
  private timer = 0;

  say(text: string): void {
    this.text = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), stays) as unknown as number;
  }

  close(): void {
    this.text = null;
  }
}

export const notice = new NoticeStore();
