import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { electronInPackage, tensorflowCpu } from './pins.mjs';

/**
 * @typedef {object} Shipped
 * @property {string} name
 * @property {string} version
 * @property {string} licence SPDX expression as the package states it
 * @property {'carried' | 'bundled or tool' | 'runtime'} how carried whole in the packaged application; bundled into it
 *   or used to build it; or a runtime that set-up fetches
 */

/** Packages whose metadata does not say their licence as SPDX; looked up by hand in their files. @type {Record<string, string>} */
const lookedUp = { rechoir: 'MIT' };

/** Everything that the application is made of or made with, by name. @returns {Shipped[]} */
export function components() {
  /** @type {Record<string, { version: string, dev?: boolean, optional?: boolean, license?: string }>} */
  const locked = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')).packages;
  /** @type {Map<string, Shipped>} */
  const found = new Map();
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const id = `${name}@${entry.version}`;
    const how = entry.dev ? 'bundled or tool' : 'carried';
    if (found.get(id)?.how === 'carried') continue;
    found.set(id, {
      name,
      version: entry.version,
      licence: entry.license ?? lookedUp[name] ?? 'unknown',
      how,
    });
  }
  return [
    ...[...found.values()].sort(
      (a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version),
    ),
    { name: 'libtensorflow', version: tensorflowCpu.version, licence: 'Apache-2.0', how: 'runtime' },
    {
      name: 'Electron (npm package)',
      version: electronInPackage.electronVersion,
      licence: 'MIT',
      how: 'runtime',
    },
  ];
}

/** Licences that ask for nothing but to be named, and may be carried in the application. */
export const permissive = new Set([
  ...[
    'MIT',
    'MIT-0',
    'ISC',
    'BSD-2-Clause',
    'BSD-3-Clause',
    '0BSD',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'Unlicense',
  ],
  ...['CC0-1.0', 'Python-2.0', 'Zlib', 'WTFPL', 'BSL-1.0', 'CC-BY-4.0', 'CC-BY-3.0'],
]);

/** Whether one of the alternatives of an expression, and all of its parts, are permissive. @param {string} licence */
export const isPermissive = (licence) =>
  licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((part) => permissive.has(part.trim())));
