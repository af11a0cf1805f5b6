/** Leaving the application: what is open is closed first, but nothing keeps a person from leaving. */
import { app } from 'electron';

/** Longest wait for what wants to be closed. */
const PATIENCE = 10_000;

/** Runs `close` once before the application ends, whichever way it was asked to. */
export function closeBeforeQuit(close: () => Promise<unknown>): void {
  let isClosed = false;
  app.on('window-all-closed', () => app.quit());
  app.on('will-quit', (event) => {
    if (isClosed) return;
    event.preventDefault();
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
    void Promise.race([close().catch(() => undefined), patience]).then(() => {
      isClosed = true;
      app.quit();
    });
  });
}
