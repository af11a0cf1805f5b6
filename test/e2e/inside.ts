/**
 * What tests tell the application's main process, and ask of it, without the driver. Over an hour the driver sooner or later
 * loses a question to main and then every one after it; so it asks but once, right after the start, and files do the rest.
 */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElectronApplication } from '@playwright/test';

/** One process of the application, as Electron's `app.getAppMetrics` names it. */
export interface ProcessMetric {
  readonly pid: number;
  readonly type: string;
  readonly serviceName?: string;
  readonly name?: string;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Inside {
  private constructor(
    private readonly app: ElectronApplication,
    private readonly folder: string,
  ) {}

  /** Main answers every chooser of folders and files from now on, and reports its processes when it is asked to. */
  static async of(app: ElectronApplication): Promise<Inside> {
    const folder = mkdtempSync(join(tmpdir(), 'amlp-studio-inside-'));
    await app.evaluate(({ app: electron, dialog }, at) => {
      const {
        existsSync: isThere,
        readFileSync: read,
        writeFileSync: write,
        renameSync: rename,
      } = process.getBuiltinModule('node:fs');
      const choose = dialog.showOpenDialog.bind(dialog);
      dialog.showOpenDialog = async (...asked: Parameters<typeof choose>) =>
        isThere(`${at}/chosen`)
          ? { canceled: false, filePaths: [read(`${at}/chosen`, 'utf8')] }
          : choose(...asked);
      if (process.platform === 'win32') return;
      process.on('SIGUSR2', () => {
        process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
        const collect: unknown = process.getBuiltinModule('node:vm').runInNewContext('gc');
        if (typeof collect === 'function') collect();
        write(`${at}/metrics.part`, JSON.stringify(electron.getAppMetrics()));
        rename(`${at}/metrics.part`, `${at}/metrics`);
      });
    }, folder);
    return new Inside(app, folder);
  }

  /** What choosers answer from now on. */
  willChoose(path: string): void {
    writeFileSync(join(this.folder, 'chosen.part'), path);
    renameSync(join(this.folder, 'chosen.part'), join(this.folder, 'chosen'));
  }

  /**
   * The application's processes, after main threw away what nobody holds. Not on Windows, which has no such signal.
   * @throws Error where main does not answer within 20 s
   */
  async processes(): Promise<ProcessMetric[]> {
    const answer = join(this.folder, 'metrics');
    rmSync(answer, { force: true });
    this.app.process().kill('SIGUSR2');
    for (let n = 0; n < 400 && !existsSync(answer); n++) await pause(50);
    if (!existsSync(answer)) throw new Error('Main did not say which processes it has.');
    const metrics: ProcessMetric[] = JSON.parse(readFileSync(answer, 'utf8'));
    return metrics;
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
