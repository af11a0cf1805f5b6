/** Where a command writes and how it hears that it should stop; tests give their own. */
export interface Io {
  /** Standard output: results alone. */
  out(text: string): void;
  /** Standard error: progress and failures. */
  err(text: string): void;
  /** Whether standard error is a terminal, on which one line can be written over and over. */
  readonly interactive: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Folder of the built entries, where the archive's worker lies. */
  readonly build: string;
}

/** What a command answers: one object for machines, a few lines for people. */
export interface Answer {
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** 1 where the command did its work and the answer is that something is amiss (doctor). */
  readonly status?: 0 | 1;
}

export const duration = (seconds: number): string => {
  if (seconds < 1) return 'under a second';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
};

export const bytes = (n: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let u = 0;
  while (n >= 1000 && u < units.length - 1) {
    n /= 1000;
    u++;
  }
  return `${n < 10 && u > 0 ? n.toFixed(1) : Math.round(n)} ${units[u]}`;
};

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** Progress on standard error: one line that renews itself in a terminal, a line a tenth otherwise. */
export class ProgressLine {
  private readonly io: Io;
  private last = '';
  private lastAt = -Infinity;

  constructor(io: Io) {
    this.io = io;
  }

  show(phase: string, fraction: number, secondsLeft: number | null): void {
    const percent = Math.floor(100 * fraction);
    const left = secondsLeft === null ? '' : `, ${duration(secondsLeft)} left`;
    if (this.io.interactive) {
      const now = performance.now();
      if (now - this.lastAt < 100 && fraction < 1) return;
      this.lastAt = now;
      this.io.err(`\r\x1b[2K${phase} · ${percent} %${left}`);
      return;
    }
    // Without a terminal a log is read afterwards: a line a phase and a tenth is enough.
    const key = `${phase.replace(/\d+/g, '#')} ${Math.floor(percent / 10)}`;
    if (key === this.last) return;
    this.last = key;
    this.io.err(`${phase} · ${percent} %${left}\n`);
  }

  end(): void {
    if (this.io.interactive) this.io.err('\r\x1b[2K');
  }
}

/** A table with aligned columns; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, c) => Math.max(cell.length, ...rows.map((row) => row[c].length)));
  const numeric = head.map((_, c) => rows.length > 0 && rows.every((row) => /^[-+±\d.%–—\s]*$/.test(row[c])));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((w) => '─'.repeat(w)).join('  '), ...rows.map(line)].join('\n');
}
