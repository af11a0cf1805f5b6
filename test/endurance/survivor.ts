/** The real application, of which any process may be killed, and a hand on its window all the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from '@playwright/test';
import { launch, type Launched } from '../e2e/launch';
import { Workstation } from '../e2e/workstation';
import { steadily, within } from './asked';
import { processesOf, type Role } from './processes';

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const isAlive = (pid: number): boolean => {
  try {
    // A zombie answers signals; its state tells.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/**
 * Seconds after which a question that the driver lost is asked again: while a window is dying or coming up, one that was
 * put to the old one is never answered.
 */
const PATIENCE = 4;

/** Waits until something is so. @throws Error with the sentence where it does not become so in time */
export async function until(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 1000 * seconds;
  while (!(await within(PATIENCE, isSo()).catch(() => false))) {
    if (Date.now() > end) throw new Error(`In ${seconds} s it did not happen that ${what}.`);
    await pause(25);
  }
}

export class Survivor {
  #launched: Launched | null = null;
  #browser: Browser | null = null;
  #studio: Workstation | null = null;

  constructor(private readonly data: string) {}

  get studio(): Workstation {
    if (!this.#studio) throw new Error('The application is not running.');
    return this.#studio;
  }

  /** Starts the application. @returns seconds until its window stood */
  async start(): Promise<number> {
    let startedAt = performance.now();
    for (let tries = 1; this.#launched === null; tries++)
      try {
        startedAt = performance.now();
        this.#launched = await launch({ userData: this.data });
      } catch (error) {
        // The driver, not the application, now and then misses its own start.
        if (tries === 3) throw error;
      }
    await this.attach();
    await this.studio.get('engine-state').waitFor();
    return (performance.now() - startedAt) / 1000;
  }

  /** Takes hold of the window as it is now: the driver gives up a page whose process ended. */
  async attach(): Promise<void> {
    if (!this.#launched) throw new Error('The application is not running.');
    await this.#leaveBrowser();
    const port = readFileSync(join(this.data, 'DevToolsActivePort'), 'utf8').split('\n')[0];
    this.#browser = await steadily(() => chromium.connectOverCDP(`http://127.0.0.1:${port}`), PATIENCE - 1);
    const page = this.#browser.contexts()[0].pages()[0];
    this.#studio = new Workstation({ ...this.#launched, window: page });
  }

  async pidOf(role: Role): Promise<number | null> {
    const all = await processesOf(this.#launched!);
    return all.find((one) => one.role === role)?.pid ?? null;
  }

  /** Kills the application's main process. @returns how many of its other processes outlived it by five seconds */
  async killMain(): Promise<number> {
    const launched = this.#launched!;
    const pids = (await processesOf(launched)).map(({ pid }) => pid);
    const ended = new Promise((resolve) => launched.app.process().once('exit', resolve));
    process.kill(launched.app.process().pid!, 'SIGKILL');
    await ended;
    await this.#leaveBrowser();
    launched.inside.end();
    this.#launched = null;
    for (let n = 0; n < 100 && pids.some(isAlive); n++) await pause(50);
    return pids.filter(isAlive).length;
  }

  async close(): Promise<void> {
    await this.#leaveBrowser();
    const launched = this.#launched;
    if (!launched) return;
    await within(20, launched.close()).catch(() => launched.app.process().kill('SIGKILL'));
  }

  async #leaveBrowser(): Promise<void> {
    const browser = this.#browser;
    this.#browser = null;
    if (browser) await within(5, browser.close()).catch(() => undefined);
  }
}
