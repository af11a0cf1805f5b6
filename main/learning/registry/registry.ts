import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelId, ModelSummary } from '../../../preload/api';
import { writeAtomic } from '../store/atomic';
import { StudioError } from '../store/failure';
import { readModelDescription, type ModelDescription } from './model-folder';

const activeSchema = z.record(z.string(), z.string());

/** The models of this machine: one folder each, and which of them serves each profile. */
export class ModelRegistry {
  readonly folder: string;
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  folderOf(id: string): string {
    // IDs are ours or were checked on import; anything else names no model.
    if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(id)) throw this.unknown();
    return join(this.folder, id);
  }

  /** All models that can be read, oldest first. Unsound ones are passed over; opening them says why. */
  list(): ModelDescription[] {
    return readdirSync(this.folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.includes('.'))
      .flatMap((entry) => {
        try {
          return [readModelDescription(join(this.folder, entry.name))];
        } catch {
          return [];
        }
      })
      .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  get(id: string): ModelDescription {
    const folder = this.folderOf(id);
    if (!existsSync(folder)) throw this.unknown();
    return readModelDescription(folder);
  }

  summaries(profileId: string): ModelSummary[] {
    const active = this.active();
    return this.list()
      .filter((model) => model.recipe.profileId === profileId)
      .map((model) => ({
        id: model.id as ModelId,
        name: model.name,
        kind: model.kind,
        profileId,
        createdAt: model.createdAt,
        parent: model.parent as ModelId | null,
        figures: model.figures,
        active: active[`${profileId} ${model.kind}`] === model.id,
      }));
  }

  /** The model of a kind that serves a profile: the one chosen, else none. */
  activeModel(profileId: string, kind: 'pretrained' | 'taught'): ModelDescription | null {
    const id = this.active()[`${profileId} ${kind}`];
    if (id === undefined) return null;
    try {
      return this.get(id);
    } catch {
      return null;
    }
  }

  activate(id: string): void {
    const model = this.get(id);
    const active = { ...this.active(), [`${model.recipe.profileId} ${model.kind}`]: id };
    writeAtomic(join(this.folder, 'active.json'), [`${JSON.stringify(active, null, 2)}\n`]);
  }

  remove(id: string): void {
    rmSync(this.folderOf(id), { recursive: true, force: true });
  }

  private active(): Record<string, string> {
    const file = join(this.folder, 'active.json');
    if (!existsSync(file)) return {};
    try {
      return activeSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      return {};
    }
  }

  private unknown(): StudioError {
    return new StudioError(
      'There is no such model on this machine.',
      'Choose one of the models in the list.',
    );
  }
}
