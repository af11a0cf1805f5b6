/**
 * The one way into the log. Every line passes {@link redact}: what identifies a patient never reaches the disk, and
 * neither do folders, which often carry names. No Electron.
 */
import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

const LIMIT = 5 * 1024 * 1024;

/** Patterns that identify, whatever the archive: paths, DICOM UIDs, DICOM names, dates, long numbers. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, '<address>'],
  [/(?:[A-Za-z]:\\|\\\\)[^\n"'<>|]*/g, '<path>'],
  // From a slash to the end of the line or a closing quote: names in folders contain blanks.
  [/(?<![\w<])\/[^\n"'<>]*[^\n"'<>\s]/g, '<path>'],
  [/\b[0-2](?:\.\d+){3,}\b/g, '<uid>'],
  [/\b[\p{L}'-]+(?:\^[\p{L}' .-]*)+/gu, '<name>'],
  [/\b[\w.+-]+@[\w-]+\.[\w.-]+\b/g, '<mail>'],
  [/\b(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b/g, '<date>'],
  [/\b\d{6,}\b/g, '<number>'],
];

/** A name or code shorter than this would also hit parts of ordinary words: it is hidden only as a whole word. */
const SHORT = 4;

export class Redaction {
  readonly #secrets = new Set<string>();

  /** Names, codes and IDs of the open archive. Each part of a name counts for itself. */
  hide(values: Iterable<string | null | undefined>): void {
    for (const value of values)
      if (value)
        for (const part of [value, ...value.split(/[\^=,;\s]+/)])
          if (part.length >= SHORT || (part === value && part.length > 1))
            this.#secrets.add(part.toLowerCase());
  }

  /** The line without what identifies a patient. */
  redact(line: string): string {
    let text = line;
    let lower = text.toLowerCase();
    for (const secret of this.#secrets) {
      if (!lower.includes(secret)) continue;
      const pattern = secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      text = text.replace(
        secret.length < SHORT
          ? new RegExp(`(?<![\\p{L}\\p{N}<])${pattern}(?![\\p{L}\\p{N}])`, 'giu')
          : new RegExp(pattern, 'gi'),
        '<patient>',
      );
      lower = text.toLowerCase();
    }
    for (const [pattern, word] of PATTERNS) text = text.replace(pattern, word);
    return text;
  }
}

export type Level = 'info' | 'warn' | 'error';

/** A log file in a folder, kept under {@link LIMIT} bytes and one file of the past. */
export class Log {
  readonly redaction = new Redaction();
  readonly #file: string;
  #queue: Promise<void>;

  constructor(folder: string) {
    this.#file = join(folder, 'studio.log');
    this.#queue = mkdir(folder, { recursive: true }).then(
      () => undefined,
      () => undefined,
    );
  }

  /** Writes one redacted line. A log that cannot be written never stops the work. */
  write(level: Level, message: string): void {
    const line = `${new Date().toISOString()} ${level} ${this.redaction.redact(message).replace(/\s*\n\s*/g, ' | ')}\n`;
    this.#queue = this.#queue.then(async () => {
      try {
        const size = (await stat(this.#file).catch(() => null))?.size ?? 0;
        if (size > LIMIT) await rename(this.#file, `${this.#file}.1`);
        await appendFile(this.#file, line, { mode: 0o600 });
      } catch {
        // Nowhere to tell: the disk is full or read-only.
      }
    });
  }

  /** Resolves when everything written so far is in the file. */
  flush(): Promise<void> {
    return this.#queue;
  }
}
