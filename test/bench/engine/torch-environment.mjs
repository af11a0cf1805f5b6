import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { inCache } from '../../../scripts/setup/paths.mjs';
import { python } from '../../../scripts/setup/python.mjs';
import { run, works } from '../../../scripts/setup/run.mjs';

const version = '2.13.0';

/**
 * A virtual environment with PyTorch, made on first use and kept in set-up's cache.
 * PyPI's build for Linux may carry CUDA (about 3 GB); for the comparison on a processor it does not matter.
 * @returns {Promise<string>} its interpreter
 */
export async function torchEnvironment() {
  const folder = inCache(`venv-torch-${version}`);
  const interpreter = `${folder}/bin/python`;
  if (existsSync(`${folder}/complete`) && works(interpreter, ['-c', 'import torch'])) return interpreter;
  rmSync(folder, { recursive: true, force: true });
  const sentence = 'PyTorch, which the benchmark compares with, could not be installed.';
  await run(python(), ['-m', 'venv', folder], { title: 'Making a Python environment for PyTorch', sentence });
  await run(interpreter, ['-m', 'pip', 'install', '--disable-pip-version-check', `torch==${version}`], {
    title: `Installing PyTorch ${version} (some minutes)`,
    sentence,
  });
  writeFileSync(`${folder}/complete`, '');
  return interpreter;
}
