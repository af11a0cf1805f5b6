#!/usr/bin/env node
/** `npm start`: installs what is missing and opens the application. Arguments are passed on to it. */
import { spawn } from 'node:child_process';
import { root } from './setup/paths.mjs';
import { SetupError, fail, say } from './setup/terminal.mjs';
import { setUp } from './setup/index.mjs';
import { missingLibraries } from './setup/system-libraries.mjs';

try {
  const linux = process.platform === 'linux';
  if (linux && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    throw new SetupError(
      'There is no display here, so the window cannot be opened.',
      'npm run demo does the whole job without a window and leaves a report in demo-output/.',
    );
  const { electron = '' } = await setUp({
    system: ['compiler', 'window'],
    tensor: true,
    electron: true,
    application: true,
  });
  const missing = linux ? missingLibraries(electron) : [];
  if (missing.length > 0)
    throw new SetupError(
      `Electron cannot start: this system has no ${missing.join(', ')}.`,
      "Install the packages that hold these libraries with your system's package manager.",
    );
  const flags = ['--enable-unsafe-swiftshader']; // only takes effect where no GPU can draw
  if (process.getuid?.() === 0) {
    say(
      "This is root, where Chromium's sandbox cannot run: it is off (--no-sandbox). Better start as a user.",
    );
    flags.push('--no-sandbox');
  }
  const child = spawn(electron, [root, ...flags, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.once('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill(signal));
} catch (error) {
  fail(error);
}
