/**
 * Run by Electron's own program as Node: takes more tensors than Electron's allocator gives in one piece. Prints one line
 * of JSON; where the library's pool asks for them all at once, the process ends before.
 */
import { loadNodeBackend } from '../../../models/runtime/backends/node';
import { largestTensorBytes } from '../../../models/runtime/pool';

async function check(mebibytes: number): Promise<void> {
  const tf = await loadNodeBackend();
  const kept = [];
  for (let taken = 0; taken < 2600; taken += mebibytes) kept.push(tf.fill([mebibytes, 512, 512], 1));
  const takenBytes = kept.length * mebibytes * 2 ** 20;
  const value = kept.at(-1)?.min().dataSync()[0];
  process.stdout.write(JSON.stringify({ largest: largestTensorBytes(), takenBytes, value }));
}

void check(Number(process.argv[2]));
