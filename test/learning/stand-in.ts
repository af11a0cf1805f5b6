import type { FromEngine, ToEngine } from '../../main/learning/engine/messages';
import type { ProcessHost } from '../../main/shell/process-host';

/** An engine's process as main sees it; the test says what it says. */
export class ProcessStandIn {
  readonly heard: ToEngine[] = [];
  readonly pid = 1;
  private readonly messages: ((message: unknown) => void)[] = [];
  private readonly exits: ((code: number | null) => void)[] = [];

  constructor(readonly env: Readonly<Record<string, string>>) {}

  send(message: unknown): void {
    this.heard.push(message as ToEngine);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.messages.push(listener);
  }

  onExit(listener: (code: number | null) => void): void {
    this.exits.push(listener);
  }

  kill(): void {
    this.exit();
  }

  say(message: FromEngine): void {
    for (const listener of this.messages) listener(message);
  }

  exit(): void {
    for (const listener of this.exits.splice(0)) listener(null);
  }

  /** Folders that it was given, by its requests. */
  folders(): Record<number, string> {
    return Object.fromEntries(
      this.heard.flatMap((m) => (m.kind === 'volume' ? [[m.request, m.folder] as const] : [])),
    );
  }
}

/** A host whose processes are stand-ins, in the order in which they were started. */
export function standInHost(): { readonly host: ProcessHost; readonly started: ProcessStandIn[] } {
  const started: ProcessStandIn[] = [];
  const host: ProcessHost = {
    start: (_entry, options) => {
      const child = new ProcessStandIn(options?.env ?? {});
      started.push(child);
      return child;
    },
  };
  return { host, started };
}
