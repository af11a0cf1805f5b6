/** `amlp-studio`: the command line over the same modules as the application. */
import { commands } from './commands';
import { run } from './program';

const abort = new AbortController();
process.on('SIGINT', () => {
  // A second Ctrl-C means it.
  if (abort.signal.aborted) process.exit(130);
  abort.abort();
});
process.on('SIGTERM', () => abort.abort());
// A reader that closes the pipe early (`| head`) is no failure.
process.stdout.on('error', () => process.exit(0));

void run(
  process.argv.slice(2),
  {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY,
    signal: abort.signal,
    build: __dirname,
  },
  commands,
).then((status) => process.stdout.write('', () => process.exit(status)));
