import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * A process that holds contenders and runs one step of one of them when asked, so that several processes can take
 * turns. One JSON object a line in each direction; lines that are none are ignored.
 */
export class Worker {
  #child;
  #lines;

  /** @param {string} command @param {readonly string[]} args */
  constructor(command, args) {
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /**
   * @param {object} order
   * @returns {Promise<{ about?: string, seconds?: number, error?: string }>}
   */
  async ask(order) {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error('A process of the benchmark ended before its time.');
      if (value.startsWith('{')) return JSON.parse(value);
    }
  }

  end() {
    this.#child.stdin.end();
  }
}
