import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelId, ModelSummary } from '../../../preload/api';
import { writeAtomic } from '../store/atomic';
import { StudioError } from '../store/failure';
import { readModelDescription, type ModelDescription } from './model-folder';

const recordSchema = z.record(z.string(), z.string());
/** Which model of a kind serves a profile. */
const activeFile = 'active.json';
/** By whose key the models that were imported came. */
const importedFile = 'imported.json';

const summaryOf = (
  model: ModelDescription,
  active: Readonly<Record<string, string>>,
  imported: Readonly<Record<string, string>>,
): ModelSummary => ({
  id: model.id as ModelId,
  name: model.name,
  kind: model.kind,
  profileId: model.recipe.profileId,
  createdAt: model.createdAt,
  parent: model.parent as ModelId | null,
  figures: model.figures,
  active: active[`${model.recipe.profileId} ${model.kind}`] === model.id,
  segments: model.segments,
  learntFrom: {
    patients: model.learntFrom.patients,
    scans: model.learntFrom.scans,
    slices: model.learntFrom.slices,
  },
  heldBackDsc: model.metrics['heldBackDsc'] ?? null,
  importedFrom: imported[model.id] ?? null,
});

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
    return this.all().filter((model) => model.profileId === profileId);
  }

  /** Models of every profile, oldest first. */
  all(): ModelSummary[] {
    const active = this.record(activeFile);
    const imported = this.record(importedFile);
    return this.list().map((model) => summaryOf(model, active, imported));
  }

  /** @throws StudioError if there is none */
  summary(id: ModelId): ModelSummary {
    return summaryOf(this.get(id), this.record(activeFile), this.record(importedFile));
  }

  /** The model of a kind that serves a profile: the one chosen, else none. */
  activeModel(profileId: string, kind: 'pretrained' | 'taught'): ModelDescription | null {
    const id = this.record(activeFile)[`${profileId} ${kind}`];
    if (id === undefined) return null;
    try {
      return this.get(id);
    } catch {
      return null;
    }
  }

  activate(id: string): void {
    const model = this.get(id);
    this.keep(activeFile, {
      ...this.record(activeFile),
      [`${model.recipe.profileId} ${model.kind}`]: id,
    });
  }

  /** Deletes a model for good; where it was in use, none is. @throws StudioError if there is none */
  remove(id: string): void {
    const folder = this.folderOf(id);
    if (!existsSync(folder)) throw this.unknown();
    for (const file of [activeFile, importedFile]) {
      const record = this.record(file);
      const kept = Object.entries(record).filter(([key, value]) => key !== id && value !== id);
      if (kept.length < Object.keys(record).length) this.keep(file, Object.fromEntries(kept));
    }
    rmSync(folder, { recursive: true, force: true });
  }

  /** Remembers by whose key a model came. */
  noteImported(id: string, fingerprint: string): void {
    this.keep(importedFile, { ...this.record(importedFile), [id]: fingerprint });
  }

  private record(name: string): Record<string, string> {
    const file = join(this.folder, name);
    if (!existsSync(file)) return {};
    try {
      return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch {
      return {};
    }
  }

  private keep(name: string, record: Record<string, string>): void {
    writeAtomic(join(this.folder, name), [`${JSON.stringify(record, null, 2)}\n`]);
  }

  private unknown(): StudioError {
    return new StudioError(
      'There is no such model on this machine.',
      'Choose one of the models in the list.',
    );
  }
}
