#!/usr/bin/env node
/**
 * `npm run sbom`: the bill of materials as CycloneDX in dist/sbom.cdx.json: the node packages by npm itself, and the
 * runtimes that set-up fetches with their hashes.
 */
import { spawnSync } from 'node:child_process';
import { writeWhole } from './setup/files.mjs';
import { inRoot, root } from './setup/paths.mjs';
import { electronInPackage, nvidiaLibraries, tensorflowCpu, tensorflowCuda } from './setup/pins.mjs';
import { SetupError, fail, say } from './setup/terminal.mjs';

/** @param {import('./setup/pins.mjs').Wheel} wheel @param {string} licence */
const wheelComponent = ({ package: name, version, sha256 }, licence) => ({
  'bom-ref': `pkg:pypi/${name}@${version}`,
  type: 'library',
  name,
  version,
  purl: `pkg:pypi/${name}@${version}`,
  hashes: [{ alg: 'SHA-256', content: sha256 }],
  licenses: [{ license: { name: licence } }],
});

try {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new SetupError('npm could not make the bill of materials.', stderr.trim());
  const bill = JSON.parse(stdout);
  const electron = electronInPackage;
  bill.components.push(
    wheelComponent(tensorflowCpu, 'Apache-2.0'),
    wheelComponent(tensorflowCuda, 'Apache-2.0'),
    ...nvidiaLibraries.map((wheel) =>
      wheelComponent(wheel, 'NVIDIA proprietary; fetched only when asked for'),
    ),
    {
      'bom-ref': `pkg:npm/${electron.package}@${electron.version}`,
      type: 'application',
      name: electron.package,
      version: electron.version,
      description: `Electron ${electron.electronVersion}, where its release server cannot be reached`,
      purl: `pkg:npm/${electron.package.replace('@', '%40')}@${electron.version}`,
      hashes: [
        {
          alg: 'SHA-512',
          content: Buffer.from(electron.integrity.slice('sha512-'.length), 'base64').toString('hex'),
        },
      ],
      licenses: [{ license: { id: 'MIT' } }],
    },
  );
  writeWhole(inRoot('dist', 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
  say(`${bill.components.length} components in dist/sbom.cdx.json (CycloneDX ${bill.specVersion}).`);
} catch (error) {
  fail(error);
}
