/** What the page may ask of Chromium. Everything that is not named here is refused. */
import type { Session } from 'electron';
import { isOwnPage } from './origin';

/** Each permission with the reason that it is granted. */
const ALLOWED: Readonly<Record<string, string>> = {
  'clipboard-sanitized-write': 'Tables and messages can be copied.',
  fullscreen: 'A view can fill the screen.',
};

export const isAllowed = (permission: string, url: string | undefined): boolean =>
  Object.hasOwn(ALLOWED, permission) && isOwnPage(url);

/** Schemes that a request may have; all stay on this machine. */
const LOCAL = new Set(['app:', 'volume:', 'data:', 'blob:', 'devtools:']);

export function isLocalRequest(url: string): boolean {
  try {
    return LOCAL.has(new URL(url).protocol);
  } catch {
    return false;
  }
}

/** Installs the allow-map, refuses devices, and stops every request that would leave the machine. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(isAllowed(permission, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => isAllowed(permission, origin));
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !isLocalRequest(details.url) }));
}
