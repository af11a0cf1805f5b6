/** Starts the application. */
import { join } from 'node:path';
import { app, ipcMain, session } from 'electron';
import { ExchangeService } from './annotation/exchange';
import { AuditService } from './annotation/audit-service';
import { AnnotationService } from './annotation/service';
import { ArchiveService } from './archive/service';
import { annotationHandlers } from './ipc/annotation';
import { appHandlers } from './ipc/app';
import { archiveHandlers } from './ipc/archive';
import { teller } from './ipc/events';
import { exchangeHandlers } from './ipc/exchange';
import { openGate, type Receiver } from './ipc/gate';
import { learningHandlers } from './ipc/learning';
import { LearningService } from './learning/service/learning-service';
import { closeBeforeQuit } from './shell/closing';
import { dialogsOf } from './shell/dialogs';
import { studioFolders } from './shell/folders';
import { harden } from './shell/harden';
import { readLanguages, writeTemplate } from './shell/languages';
import { Log } from './shell/log';
import { noteMishaps, reviveWindow } from './shell/mishaps';
import { Revival } from './shell/revival';
import { guardSession } from './shell/permissions';
import { registerSchemes, servePage, serveVolumes } from './shell/schemes';
import { utilityHost } from './shell/utility-host';
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
  noteMishaps(log);
  const host = utilityHost(__dirname);
  const revival = new Revival();
  const archive: ArchiveService = new ArchiveService({
    folders,
    host,
    stateOf: (id) => annotation.stateOf(id),
    onOpened: () => {
      revival.opened(null);
      return annotation.ready();
    },
  });
  const annotation = new AnnotationService({
    folder: join(folders.data, 'annotations'),
    archive,
    version: app.getVersion(),
  });
  const exchange = new ExchangeService(archive, annotation, app.getVersion(), {
    staging: join(folders.cache, 'export'),
    identity: join(folders.data, 'learning', 'identity'),
  });
  void exchange.discardPlan().catch(() => undefined);
  const learning = new LearningService({
    dataFolder: join(folders.data, 'learning'),
    cacheFolder: join(folders.cache, 'learning'),
    archive,
    annotations: annotation,
    host,
  });

  guardSession(session.defaultSession);
  servePage(session.defaultSession, join(__dirname, '../renderer'));
  serveVolumes(session.defaultSession, (resource, id) =>
    ({
      voxels: () => archive.voxelsFile(id),
      thumbnail: () => archive.thumbnailFile(id),
      uncertainty: () => annotation.uncertaintyFile(id),
    })[resource](),
  );

  const window = openWindow(join(__dirname, '../preload/index.cjs'));
  reviveWindow(window, revival, log);
  window.once('ready-to-show', () => learning.start());
  const dialogs = dialogsOf(window);
  const tell = teller((channel, payload) => {
    if (!window.isDestroyed()) window.webContents.send(channel, payload);
  });
  archive.onProgress((progress) => tell('archive', 'onProgress', progress));
  archive.onArriving((arrival) => tell('archive', 'onArriving', arrival));
  archive.onWorklistChanged(() => {
    log.redaction.hide(archive.identifiers());
    tell('archive', 'onWorklistChanged');
  });
  annotation.onChanged(() => tell('archive', 'onWorklistChanged'));
  learning.onJob((job) => tell('learning', 'onJob', job));
  learning.onEngine((status) => tell('app', 'onEngine', status));
  annotation.onProposal((id) => tell('annotation', 'onProposal', id));
  const annotationDoor = annotationHandlers(
    annotation,
    new AuditService(annotation),
    dialogs.chooseExportFolder,
  );
  openGate(
    ipcMain as unknown as Receiver,
    {
      archive: archiveHandlers(archive, dialogs.chooseArchive),
      annotation: {
        ...annotationDoor,
        open: {
          ...annotationDoor.open,
          does: (id) => {
            revival.opened(id);
            return annotationDoor.open.does(id);
          },
        },
      },
      learning: learningHandlers(learning, learning.modelFiles, dialogs),
      exchange: exchangeHandlers(exchange, {
        ...dialogs,
        showInFolder: (file) => {
          if (exchange.wrote(file)) dialogs.showInFolder(file);
        },
      }),
      app: appHandlers({
        revival: async () => revival.take(),
        version: async () => ({
          app: app.getVersion(),
          electron: process.versions.electron,
          node: process.versions.node,
        }),
        engine: async () => learning.engine(),
        languages: () => readLanguages(join(folders.data, 'languages')),
        startLanguage: async (english) =>
          dialogs.showInFolder(await writeTemplate(join(folders.data, 'languages'), english)),
      }),
    },
    (channel, error) =>
      log.write('warn', `${channel}: ${error instanceof Error ? error.message : String(error)}`),
  );

  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  closeBeforeQuit(async () => {
    await learning.close().catch(() => undefined);
    await Promise.allSettled([annotation.close(), archive.close()]);
  });
}
