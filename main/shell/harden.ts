/** Settings of the whole process that must be made before the application is ready. */
import { app } from 'electron';

/** Chromium's own services that would speak to the network; the application needs none. */
const SILENT = [
  'disable-background-networking',
  'disable-component-update',
  'disable-domain-reliability',
  'disable-sync',
  'no-pings',
];

export function harden(): void {
  // As root, Chromium cannot sandbox and is started with --no-sandbox by hand; `enableSandbox` would undo that.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  for (const name of SILENT) app.commandLine.appendSwitch(name);
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, answer) => {
    event.preventDefault();
    answer(false);
  });
}
