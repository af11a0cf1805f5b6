#!/usr/bin/env node
/** `npm run licences`: writes docs/licences.md; fails if a package that the application carries is not permissive. */
import { writeFileSync } from 'node:fs';
import { inRoot } from './setup/paths.mjs';
import { components, isPermissive } from './setup/shipped.mjs';
import { SetupError, fail, say } from './setup/terminal.mjs';

/** @param {import('./setup/shipped.mjs').Shipped[]} list */
const byLicence = (list) => {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const { licence, name, version } of list)
    groups.set(licence, [...(groups.get(licence) ?? []), `${name} ${version}`]);
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([licence, names]) => `- **${licence}** (${names.length}): ${names.join(', ')}`)
    .join('\n');
};

try {
  const all = components();
  const part = (/** @type {string} */ how) => all.filter((component) => component.how === how);
  writeFileSync(
    inRoot('docs', 'licences.md'),
    `# Licences

AMLP Studio itself: Apache-2.0 (LICENSE). Made by \`npm run licences\` from package-lock.json; do not edit.

## Runtimes that set-up fetches
${byLicence(part('runtime'))}

Electron brings the licences of Chromium (LICENSES.chromium.html in its folder), libtensorflow those of its parts
(THIRD_PARTY_NOTICES in its wheel).

## Packages that the packaged application carries whole
${byLicence(part('carried'))}

## Packages that are bundled into it or used to build and test it
${byLicence(part('bundled or tool'))}
`,
  );
  const doubtful = all.filter(({ licence }) => !isPermissive(licence));
  for (const { name, version, licence, how } of doubtful) say(`${how}: ${name} ${version} is ${licence}`);
  const carried = doubtful.filter(({ how }) => how === 'carried');
  if (carried.length > 0)
    throw new SetupError(`${carried.length} packages that the application carries are not permissive.`);
  say(`${all.length} components listed in docs/licences.md.`);
} catch (error) {
  fail(error);
}
