import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { inCache } from '../../../scripts/setup/paths.mjs';
import { python } from '../../../scripts/setup/python.mjs';
import { run, works } from '../../../scripts/setup/run.mjs';

const packages = { monai: '1.6.1', torch: '2.13.0' };

/**
 * A virtual environment with MONAI and PyTorch, made on first use and kept in set-up's cache.
 * @returns {Promise<string>} its interpreter
 */
export async function monaiEnvironment() {
  const folder = inCache(`venv-monai-${packages.monai}-torch-${packages.torch}`);
  const interpreter = `${folder}/bin/python`;
  if (existsSync(`${folder}/complete`) && works(interpreter, ['-c', 'import monai'])) return interpreter;
  rmSync(folder, { recursive: true, force: true });
  const sentence = 'MONAI, which the benchmark compares with, could not be installed.';
  await run(python(), ['-m', 'venv', folder], { title: 'Making a Python environment for MONAI', sentence });
  const wanted = Object.entries(packages).map(([name, version]) => `${name}==${version}`);
  await run(interpreter, ['-m', 'pip', 'install', '--disable-pip-version-check', ...wanted], {
    title: `Installing MONAI ${packages.monai} (some minutes)`,
    sentence,
  });
  writeFileSync(`${folder}/complete`, '');
  return interpreter;
}
