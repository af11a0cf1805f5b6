/** The one window: sandboxed, isolated, with no way out of its own page. */
import { app, BrowserWindow, Menu, type WebContents } from 'electron';
import { isOwnPage, PAGE_URL } from './origin';

/** The title never changes: patients do not appear in task bars and screen recordings. */
const TITLE = 'AMLP Studio';

export function openWindow(preload: string, icon?: string): BrowserWindow {
  Menu.setApplicationMenu(null);
  const window = new BrowserWindow({
    title: TITLE,
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 680,
    show: false,
    backgroundColor: '#0c0e11',
    ...(icon ? { icon } : {}),
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
      devTools: !app.isPackaged,
      // A contour being drawn must not be slowed because another window covers this one.
      backgroundThrottling: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  window.on('page-title-updated', (event) => event.preventDefault());
  void window.loadURL(PAGE_URL);
  return window;
}

/** Forbids every web page of this process to navigate, open windows or attach web views. Call once, before any window. */
export function confineContents(): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.on('will-navigate', (event) => {
      if (!isOwnPage(event.url)) event.preventDefault();
    });
    contents.on('will-frame-navigate', (event) => {
      if (!isOwnPage(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}
