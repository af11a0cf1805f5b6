import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unshared, type Binding } from '../backends/node-binding';
import { DataType, type Graph } from './graph';
import { RuntimeRefuses } from './record';
import { encodeSavedModel, servingTag } from './schema';

/** Values for a placeholder. */
export interface Feed {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A graph inside the tensor runtime, with its variables. */
export class GraphSession {
  private constructor(
    private readonly binding: Binding,
    private readonly id: number,
  ) {}

  /**
   * The addon loads graphs from a folder alone, so the graph passes through a temporary one.
   * @throws RuntimeRefuses where the runtime refuses the graph or the folder cannot be written.
   */
  static open(binding: Binding, graph: Graph): GraphSession {
    let folder: string | undefined;
    try {
      folder = mkdtempSync(join(tmpdir(), 'amlp-graph-'));
      mkdirSync(join(folder, 'variables'));
      writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel(graph.messages()), { mode: 0o600 });
      return new GraphSession(binding, binding.loadSavedModel(folder, servingTag));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new RuntimeRefuses(`The tensor runtime did not take the graph: ${reason}`);
    } finally {
      if (folder) rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Runs what the fetched nodes need, in one call; float32 values in the order of `fetches`. */
  run(feeds: Readonly<Record<string, Feed>>, fetches: readonly string[]): Float32Array[] {
    const names = Object.keys(feeds);
    const ids: number[] = [];
    try {
      for (const name of names) {
        const { shape, data } = feeds[name] as Feed;
        ids.push(this.binding.createTensor([...shape], DataType.float32, unshared(data)));
      }
      const port = (name: string): string => `${name}:0`;
      const results = this.binding.runSavedModel(
        this.id,
        ids,
        names.map(port).join(','),
        fetches.map(port).join(','),
      );
      return results.map(({ id }) => {
        const values = this.binding.tensorDataSync(id);
        this.binding.deleteTensor(id);
        if (!(values instanceof Float32Array)) throw new Error('A fetched result is not float32.');
        return values;
      });
    } finally {
      for (const id of ids) this.binding.deleteTensor(id);
    }
  }

  /**
   * A first run, which shows whether every operation has an implementation here.
   * @throws RuntimeRefuses where one has not.
   */
  probe(feeds: Readonly<Record<string, Feed>>, fetches: readonly string[]): Float32Array[] {
    try {
      return this.run(feeds, fetches);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new RuntimeRefuses(`The tensor runtime cannot run the graph: ${reason}`);
    }
  }

  dispose(): void {
    this.binding.deleteSavedModel(this.id);
  }
}
