/** The two schemes of the window: `app://studio` is the page, `volume://` the voxels and pictures of volumes. */
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { protocol, type Session } from 'electron';
import {
  CONTENT_SECURITY_POLICY,
  contentType,
  parseVolumeUrl,
  realFileBelow,
  type VolumeResource,
} from './content';
import { isOwnPage, PAGE_ORIGIN, PAGE_SCHEME, VOLUME_SCHEME } from './origin';

/** Chunk of a streamed file; larger ones were no faster, smaller ones cost main time. */
const CHUNK = 1 << 20;

/** Must run before the application is ready. */
export function registerSchemes(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, stream: true };
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { ...privileges, codeCache: true } },
    { scheme: VOLUME_SCHEME, privileges },
  ]);
}

const refused = (status: number): Response =>
  new Response(null, { status, headers: { 'x-content-type-options': 'nosniff' } });

/** @param bytes [from, to) of the file; all of it by default */
async function streamed(
  file: string,
  headers: Record<string, string>,
  bytes?: readonly [from: number, to: number],
): Promise<Response> {
  // Opened first: whatever becomes of its name from now on, this file is what is read.
  const handle = await open(file);
  const { size } = await handle.stat();
  const [from, to] = bytes ?? [0, size];
  if (to > size || to === from) {
    await handle.close();
    // Nothing to read: a stream's end is inclusive and cannot say so.
    return to > size ? refused(416) : new Response(null, { headers });
  }
  const stream = handle.createReadStream({ highWaterMark: CHUNK, start: from, end: to - 1 });
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
    headers: { ...headers, 'content-length': String(to - from), 'x-content-type-options': 'nosniff' },
  });
}

/** Serves the built page out of `folder`, every answer under the content security policy. */
export function servePage(session: Session, folder: string): void {
  session.protocol.handle(PAGE_SCHEME, async (request) => {
    if (!isOwnPage(request.url) || request.method !== 'GET') return refused(403);
    const file = await realFileBelow(folder, new URL(request.url).pathname);
    if (file === null) return refused(404);
    return streamed(file, {
      'content-type': contentType(file),
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    });
  });
}

/** Finds the file behind a volume's resource; null where there is none. */
export type VolumeFiles = (resource: VolumeResource, id: string) => Promise<string | null>;

/** Streams voxels, thumbnails and uncertainty maps from the disk, to our own page alone. */
export function serveVolumes(session: Session, find: VolumeFiles): void {
  session.protocol.handle(VOLUME_SCHEME, async (request) => {
    const wanted = request.method === 'GET' ? parseVolumeUrl(request.url) : null;
    if (wanted === null) return refused(403);
    const headers = {
      'content-type': wanted.resource === 'thumbnail' ? 'image/png' : 'application/octet-stream',
      'access-control-allow-origin': PAGE_ORIGIN,
      'cross-origin-resource-policy': 'cross-origin',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'no-store',
    };
    // A volume in the making moves to its final place between being found and being opened: then it is found there.
    for (let tries = 0; tries < 2; tries++) {
      const file = await find(wanted.resource, wanted.id).catch(() => null);
      if (file === null) break;
      try {
        return await streamed(file, headers, wanted.bytes);
      } catch {
        // Not there any more, or it may not be read.
      }
    }
    return refused(404);
  });
}
