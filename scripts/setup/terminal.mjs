/** What set-up tells the person. Always on standard error: standard output belongs to the command itself. */

/** A failure with one sentence for the person and, where there is one, the line that mends it. */
export class SetupError extends Error {
  /**
   * @param {string} sentence what could not be had
   * @param {string} [remedy] what to do, e.g. a command
   */
  constructor(sentence, remedy) {
    super(remedy === undefined ? sentence : `${sentence}\n  ${remedy}`);
    this.name = 'SetupError';
  }
}

const interactive = process.stderr.isTTY === true && process.env.CI === undefined;

/** Says one line. @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Shows that a step runs: on a terminal one line that counts, elsewhere a line now and then.
 * @param {string} title what is being done, e.g. "Fetching libtensorflow"
 * @param {() => string | null} [detail] e.g. "120 of 274 MB"
 * @returns {{ done(outcome?: string): void, failed(): void }}
 */
export function progress(title, detail = () => null) {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const line = () => [title, detail(), `${seconds()} s`].filter((part) => part !== null).join(', ');
  if (!interactive) say(`${title} …`);
  const timer = setInterval(
    () => {
      if (interactive) process.stderr.write(`\r\u001b[K${line()} …`);
      else say(`${line()} …`);
    },
    interactive ? 500 : 15_000,
  );
  timer.unref();
  const end = (/** @type {string} */ text) => {
    clearInterval(timer);
    if (interactive) process.stderr.write(`\r\u001b[K`);
    say(text);
  };
  return {
    done: (outcome) => end(`${title}: ${outcome ?? 'done'} (${seconds()} s)`),
    failed: () => end(`${title}: failed after ${seconds()} s`),
  };
}

/** @param {number} bytes */
export const megabytes = (bytes) => Math.round(bytes / 1e6);

/**
 * Ends a script: a {@link SetupError} as its sentence, anything else with its stack, exit status 1.
 * @param {unknown} error
 * @returns {never}
 */
export function fail(error) {
  say(
    error instanceof SetupError
      ? `\n${error.message}`
      : String((error instanceof Error && error.stack) || error),
  );
  process.exit(1);
}
