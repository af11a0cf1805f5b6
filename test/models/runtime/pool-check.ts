/**
 * Run by Electron's own program as Node: takes tensors until the library refuses, or until the process is ended for it.
 * Prints one line of JSON.
 */
import { loadNodeBackend } from '../../../models/runtime/backends/node';
import { isOutOfMemory, poolLimit } from '../../../models/runtime/pool';

async function check(mebibytes: number): Promise<void> {
  const tf = await loadNodeBackend();
  const kept = [];
  let refusal: unknown = null;
  while (refusal === null && kept.length * mebibytes < 8192) {
    try {
      kept.push(tf.fill([mebibytes, 512, 512], 1));
    } catch (error) {
      refusal = error;
    }
  }
  for (const tensor of kept) tensor.dispose();
  const again = tf.fill([mebibytes, 512, 512], 2);
  const value = again.min().dataSync()[0];
  process.stdout.write(
    JSON.stringify({
      limit: poolLimit(),
      takenBytes: kept.length * mebibytes * 2 ** 20,
      outOfMemory: isOutOfMemory(refusal),
      value,
    }),
  );
}

void check(Number(process.argv[2]));
