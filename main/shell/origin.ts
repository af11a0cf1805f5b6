/** The window's own scheme and host. Everything else is a stranger. */
export const PAGE_SCHEME = 'app';
export const PAGE_HOST = 'studio';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://${PAGE_HOST}`;
export const PAGE_URL = `${PAGE_ORIGIN}/index.html`;
export const VOLUME_SCHEME = 'volume';

/**
 * Whether a URL belongs to our own page. Parsed, never compared by prefix: `app://studio.evil/` begins like ours.
 * (`URL.origin` is "null" for schemes of one's own, so scheme and host are compared.)
 */
export function isOwnPage(url: string | undefined | null): boolean {
  if (!url) return false;
  try {
    const { protocol, host, username, password, port } = new URL(url);
    return (
      protocol === `${PAGE_SCHEME}:` &&
      host === PAGE_HOST &&
      username === '' &&
      password === '' &&
      port === ''
    );
  } catch {
    return false;
  }
}
