import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import type { Peer } from '../../../main/cli/efficiency/run';

const taughtSchema = z.object({ steps: z.int(), cpuSeconds: z.number(), seconds: z.number() });
const answerSchema = z.object({ probability: z.string() });

/** A Python process that teaches MONAI's U-Net and answers with it. */
export class Monai implements Peer {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;
  private readonly folder = mkdtempSync(join(tmpdir(), 'amlp-monai-'));

  constructor(python: string, script: string) {
    this.child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async teach(...[slices, options]: Parameters<Peer['teach']>): ReturnType<Peer['teach']> {
    const { count, size, channels } = slices;
    const images = new Float32Array(count * size * size * channels);
    const masks = new Int8Array(count * size * size);
    const label = new Float32Array(size * size);
    for (let i = 0; i < count; i++) {
      const length = size * size * channels;
      slices.read(i, images.subarray(i * length, (i + 1) * length));
      slices.readLabel(i, label);
      masks.set(label, i * size * size);
    }
    const files = { images: join(this.folder, 'images.f32'), masks: join(this.folder, 'masks.i8') };
    writeFileSync(files.images, new Uint8Array(images.buffer));
    writeFileSync(files.masks, new Uint8Array(masks.buffer));
    const order = { do: 'teach', ...files, count, size, channels, ...options };
    const taught = taughtSchema.parse(await this.ask(order));
    return {
      ...taught,
      predictor: {
        batch: 16,
        size,
        channels,
        labels: 1,
        run: async (image) => {
          const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
          const { probability } = answerSchema.parse(
            await this.ask({ do: 'answer', image: bytes.toString('base64') }),
          );
          const answer = Buffer.from(probability, 'base64');
          return new Float32Array(Uint8Array.from(answer).buffer);
        },
        load: () => undefined,
        dispose: () => undefined,
      },
    };
  }

  end(): void {
    this.child.stdin.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async ask(order: object): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(order)}\n`);
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error('The MONAI process ended before its time.');
      if (!value.startsWith('{')) continue;
      const answer = JSON.parse(value) as { error?: string };
      if (answer.error !== undefined) throw new Error(`MONAI: ${answer.error}`);
      return answer;
    }
  }
}
