/** What goes wrong outside any question of the window: written to the log, never shown as a stack. */
import { app, type BrowserWindow } from 'electron';
import type { Log } from './log';

/** A page that fails again so soon after it was loaded is not loaded once more. */
const TOO_SOON = 10_000;

const words = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

export function noteMishaps(log: Log): void {
  process.on('uncaughtException', (error) => log.write('error', `uncaught: ${words(error)}`));
  process.on('unhandledRejection', (reason) => log.write('error', `unhandled: ${words(reason)}`));
  app.on('child-process-gone', (_event, { type, reason, name }) =>
    log.write('warn', `process gone: ${type} ${name ?? ''} ${reason}`),
  );
}

/** Loads the page again where its process crashed: what was drawn is on the disk. */
export function reviveWindow(window: BrowserWindow, log: Log): void {
  let loadedAt = Date.now();
  window.webContents.on('did-finish-load', () => (loadedAt = Date.now()));
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    log.write('error', `window gone: ${reason}`);
    if (reason !== 'clean-exit' && Date.now() - loadedAt > TOO_SOON) window.reload();
  });
}
