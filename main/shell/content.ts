/** What the `app://` and `volume://` schemes answer: which file, which type, under which policy. No Electron. */
import { realpath } from 'node:fs/promises';
import { extname, resolve, sep } from 'node:path';

/**
 * The policy of the page. WebAssembly only (`wasm-unsafe-eval`), no inline script, no address but our own two schemes.
 * `style-src-attr` is needed by Cornerstone and by drag handles, which set styles on elements.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob: volume:",
  "font-src 'self'",
  "connect-src 'self' volume:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

export const contentType = (file: string): string =>
  TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';

/**
 * The file below `root` that a URL's path names, or null where it leads out: by `..`, by an encoded separator, by a
 * NUL, or by a neighbour folder whose name begins like the root's (hence the separator in the comparison).
 */
export function fileBelow(root: string, pathname: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (path.includes('\0') || path.includes('\\')) return null;
  if (path.split('/').includes('..')) return null;
  const base = resolve(root);
  const file = resolve(base, `.${path.startsWith('/') ? '' : '/'}${path}`);
  return file.startsWith(base.endsWith(sep) ? base : base + sep) ? file : null;
}

/** As {@link fileBelow}, with links resolved: null too where a link leads out of `root` or nothing is there. */
export async function realFileBelow(root: string, pathname: string): Promise<string | null> {
  const file = fileBelow(root, pathname);
  if (file === null) return null;
  try {
    const [base, real] = await Promise.all([realpath(root), realpath(file)]);
    return real.startsWith(base + sep) ? real : null;
  } catch {
    return null;
  }
}

export type VolumeResource = 'voxels' | 'thumbnail' | 'uncertainty';

export interface VolumeAddress {
  readonly resource: VolumeResource;
  readonly id: string;
  /** Only these bytes, [from, to). */
  readonly bytes?: readonly [from: number, to: number];
}

/**
 * Reads `volume://<resource>/<id>`, with or without `?bytes=<from>-<to>`; null for anything else. Identifiers are
 * hexadecimal, so no path can hide there.
 */
export function parseVolumeUrl(url: string): VolumeAddress | null {
  const found = /^volume:\/\/(voxels|thumbnail|uncertainty)\/([0-9a-f]{16,64})\/?(?:\?([^#]*))?$/.exec(url);
  if (!found) return null;
  const address = { resource: found[1] as VolumeResource, id: found[2] };
  const part = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(found[3] ?? '');
  if (!part) return address;
  const [from, to] = [Number(part[1]), Number(part[2])];
  return to > from ? { ...address, bytes: [from, to] } : null;
}
