import { createHash, randomBytes } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Hash of a file, read as a stream (wheels are larger than a buffer should be).
 * @param {string} file
 * @param {'sha256' | 'sha512'} [algorithm]
 * @param {'hex' | 'base64'} [encoding]
 * @returns {Promise<string>}
 */
export async function hashOfFile(file, algorithm = 'sha256', encoding = 'hex') {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest(encoding);
}

/** Short name of a content: twelve hexadecimal digits of SHA-256. @param {...(string | Uint8Array)} parts */
export function key(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(String(part.length)).update(':').update(part);
  return hash.digest('hex').slice(0, 12);
}

/**
 * Files below folders (or files themselves), sorted, without node_modules and hidden ones.
 * @param {string} base
 * @param {readonly string[]} names
 * @returns {string[]} absolute paths
 */
export function filesBelow(base, names) {
  /** @type {string[]} */
  const found = [];
  const visit = (/** @type {string} */ path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isFile()) {
      found.push(path);
      return;
    }
    for (const entry of readdirSync(path).sort())
      if (entry !== 'node_modules' && !entry.startsWith('.')) visit(join(path, entry));
  };
  for (const name of names) visit(join(base, name));
  return found;
}

/** Key of the names and contents of files. @param {string} base @param {readonly string[]} names */
export function keyOfFiles(base, names) {
  return key(...filesBelow(base, names).flatMap((file) => [relative(base, file), readFileSync(file)]));
}

/** Size of everything below a folder, bytes; 0 where it is not there. @param {string} folder @returns {number} */
export function sizeBelow(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return 0;
  }
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    try {
      bytes += entry.isDirectory() ? sizeBelow(path) : lstatSync(path).size;
    } catch {
      // Another process moved it on between the listing and the look: it counts next time.
    }
  }
  return bytes;
}

/** Deletes a file or folder if it is there. @param {string} path */
export const remove = (path) => rmSync(path, { recursive: true, force: true });

/**
 * Makes a folder whole or not at all: `fill` works in `<target>.part`, which takes its name only at the end.
 * What an interruption leaves behind is cleared away by the next call.
 * @param {string} target
 * @param {(part: string) => Promise<void>} fill
 */
export async function makeFolder(target, fill) {
  const part = `${target}.part`;
  remove(part);
  mkdirSync(part, { recursive: true });
  await fill(part);
  remove(target);
  renameSync(part, target);
}

/** Writes a small file whole or not at all. @param {string} file @param {string} text */
export function writeWhole(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, text);
  renameSync(part, file);
}

/** Text of a file, or null. @param {string} file */
export function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/**
 * Puts a large file in a second place without a second copy where the file system allows, in one step, so that a
 * process that has the old one open keeps it.
 * @param {string} from
 * @param {string} to
 */
export function place(from, to) {
  if (existsSync(to)) {
    const [a, b] = [lstatSync(from), lstatSync(to)];
    if (a.ino === b.ino && a.dev === b.dev) return;
  }
  mkdirSync(dirname(to), { recursive: true });
  const part = `${to}.${randomBytes(4).toString('hex')}.part`;
  try {
    linkSync(from, part);
  } catch {
    copyFileSync(from, part);
  }
  renameSync(part, to);
}
