/** Starts the application. */
import { join } from 'node:path';
import { app, ipcMain, session } from 'electron';
import { annotationHandlers } from './ipc/annotation';
import { appHandlers } from './ipc/app';
import { archiveHandlers } from './ipc/archive';
import { exchangeHandlers } from './ipc/exchange';
import { openGate, type Receiver } from './ipc/gate';
import { learningHandlers } from './ipc/learning';
import { unavailable } from './ipc/unavailable';
import { dialogsOf } from './shell/dialogs';
import { studioFolders } from './shell/folders';
import { harden } from './shell/harden';
import { Log } from './shell/log';
import { guardSession } from './shell/permissions';
import { registerSchemes, servePage, serveVolumes } from './shell/schemes';
import { confineContents, openWindow } from './shell/window';

const folders = studioFolders();
app.setPath('userData', folders.data);
harden();
registerSchemes();
confineContents();

if (app.requestSingleInstanceLock()) void app.whenReady().then(start);
else app.quit();

function start(): void {
  const log = new Log(join(folders.data, 'logs'));

  guardSession(session.defaultSession);
  servePage(session.defaultSession, join(__dirname, '../renderer'));
  serveVolumes(session.defaultSession, async () => null);

  const window = openWindow(join(__dirname, '../preload/index.cjs'));
  const dialogs = dialogsOf(window);
  openGate(
    ipcMain as unknown as Receiver,
    {
      archive: archiveHandlers(unavailable('The archive is not built yet.'), dialogs.chooseArchive),
      annotation: annotationHandlers(unavailable('Annotation is not built yet.')),
      learning: learningHandlers(unavailable('Learning is not built yet.')),
      exchange: exchangeHandlers(unavailable('Exchange is not built yet.'), dialogs),
      app: appHandlers({
        version: async () => ({
          app: app.getVersion(),
          electron: process.versions.electron,
          node: process.versions.node,
        }),
        engine: async () => ({
          state: 'unavailable',
          backend: 'none',
          memoryBytes: null,
          message: 'The learning engine is not built yet.',
        }),
      }),
    },
    (channel, error) =>
      log.write('warn', `${channel}: ${error instanceof Error ? error.message : String(error)}`),
  );

  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('window-all-closed', () => app.quit());
}
