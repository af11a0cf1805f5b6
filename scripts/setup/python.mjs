import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { key, makeFolder } from './files.mjs';
import { inCache, inRoot } from './paths.mjs';
import { ask, run, works } from './run.mjs';
import { SetupError } from './terminal.mjs';

/** The Python 3 of this machine. @returns {string} @throws {SetupError} where there is none */
export function python() {
  for (const name of ['python3', 'python'])
    if (works(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))'])) return name;
  throw new SetupError('Set-up needs Python 3.9 or newer and finds none.', 'apt-get install python3');
}

/**
 * The Python environment with the independent implementations of the tests.
 * @returns {Promise<string>} its interpreter
 */
export async function interopEnvironment() {
  const lists = ['requirements.txt', 'requirements-source.txt'].map((name) =>
    inRoot('test', 'interop', name),
  );
  const version = ask(python(), ['-c', 'import sys; print(sys.version_info[:2], sys.prefix)']) ?? '';
  const folder = inCache(`venv-${key(version, ...lists.map((list) => readFileSync(list)))}`);
  const interpreter = `${folder}/bin/python`;
  if (existsSync(`${folder}/complete`) && works(interpreter, ['-c', ''])) return interpreter;
  // A virtual environment holds its own path, so it is built in place and stamped when complete.
  const sentence = 'The Python packages that the tests compare with could not be installed.';
  await makeFolder(folder, async () => {});
  await run(python(), ['-m', 'venv', folder], {
    title: 'Making a Python environment for the tests',
    sentence,
  });
  const install = ['-m', 'pip', 'install', '--disable-pip-version-check', '--require-hashes', '--no-deps'];
  await run(interpreter, [...install, '--only-binary=:all:', '-r', lists[0] ?? ''], {
    title: 'Installing the Python packages that the tests compare with',
    sentence,
  });
  await run(interpreter, [...install, '--no-build-isolation', '--use-pep517', '-r', lists[1] ?? ''], {
    title: 'Installing rt-utils and dcmrtstruct2nii',
    sentence,
  });
  writeFileSync(`${folder}/complete`, '');
  return interpreter;
}
