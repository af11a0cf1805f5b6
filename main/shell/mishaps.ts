/** What goes wrong outside any question of the window: written to the log, never shown as a stack. */
import { app, type BrowserWindow } from 'electron';
import type { Log } from './log';
import type { Revival } from './revival';

const words = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

export function noteMishaps(log: Log): void {
  process.on('uncaughtException', (error) => log.write('error', `uncaught: ${words(error)}`));
  process.on('unhandledRejection', (reason) => log.write('error', `unhandled: ${words(reason)}`));
  app.on('child-process-gone', (_event, { type, reason, name }) =>
    log.write('warn', `process gone: ${type} ${name ?? ''} ${reason}`),
  );
}

/** Loads the page again where its process crashed: what was drawn is on the disk. */
export function reviveWindow(window: BrowserWindow, revival: Revival, log: Log): void {
  window.webContents.on('did-finish-load', () => revival.loaded(Date.now()));
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    log.write('error', `window gone: ${reason}`);
    if (reason === 'clean-exit') return;
    setTimeout(() => {
      if (!window.isDestroyed()) window.reload();
    }, revival.gone(Date.now()));
  });
}
