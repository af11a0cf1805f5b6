import { join } from 'node:path';
import { FINETUNE_PRESETS, PRETRAIN_PRESETS } from '../../../models/train';
import { estimateRun, representative, type Estimate, type Plan } from '../jobs/estimate';
import type { Recipe, Speed } from '../jobs/spec';
import type { CohortCase } from './cohort';
import { batchOf } from './specs';
import { SpeedBook } from './speed';
import type { Workspace } from './workspace';

/** What decides how long the parts of a run take. */
const speedKey = (kind: 'pretrain' | 'teach', { width, slicing, channels }: Recipe, batch: number): string =>
  `${kind} width ${width} size ${slicing.size} channels ${channels.length} batch ${batch} at ${slicing.mm} mm`;

/** Scans that a measurement prepares; the run finds them in the cache. */
const sampled = 2;

/** A run that is about to be started. */
export interface Wish {
  readonly kind: 'pretrain' | 'teach';
  readonly recipe: Recipe;
  readonly cases: readonly CohortCase[];
  readonly epochs?: number;
  /** Teaching: slices that a person judged. */
  readonly judged?: number;
  /** Teaching: scans that nobody contoured and that teach as well. */
  readonly unlabelled?: readonly CohortCase[];
}

/** Tells how long runs will take: from what this machine was measured to do, the first time by measuring it now. */
export class Estimates {
  private readonly book: SpeedBook;

  constructor(
    file: string,
    private readonly cache: string,
  ) {
    this.book = new SpeedBook(file);
  }

  /** A run told how long its parts took. */
  learn(kind: 'pretrain' | 'teach', recipe: Recipe, batch: number, speed: Speed): void {
    const key = speedKey(kind, recipe, batch);
    // A run that found all its scans in the cache says nothing of preparing them.
    const perMegavoxel = speed.perMegavoxel || (this.book.get(key)?.perMegavoxel ?? 0);
    this.book.set(key, { ...speed, perMegavoxel });
  }

  /** The estimate where the machine is known already, else null. */
  known(wish: Wish): Estimate | null {
    const speed = this.book.get(speedKey(wish.kind, wish.recipe, batchOf(wish.kind)));
    return speed && wish.cases.length > 0 ? estimateRun(this.plan(wish), speed) : null;
  }

  /** Measures where nothing is known; where the engine is busy and cannot be asked, a rough guess. */
  async estimate(wish: Wish, workspace: Workspace): Promise<Estimate> {
    return this.known(wish) ?? estimateRun(this.plan(wish), await this.measure(wish, workspace));
  }

  private plan({ kind, recipe, cases, epochs, judged, unlabelled = [] }: Wish): Plan {
    const placed = ({ ref, volume }: CohortCase): Plan['cases'][number] => ({
      ref,
      geometry: volume.geometry,
    });
    const base = kind === 'pretrain' ? PRETRAIN_PRESETS.desktop : FINETUNE_PRESETS.desktop;
    return {
      ...{ kind, preset: 'desktop', recipe, batch: base.batch, epochs: epochs ?? base.epochs },
      cases: cases.map(placed),
      unlabelled: unlabelled.map(placed),
      ...(judged === undefined ? {} : { judged }),
      cache: this.cache,
    };
  }

  private async measure({ kind, recipe, cases }: Wish, workspace: Workspace): Promise<Speed> {
    const batch = batchOf(kind);
    const perStep = 0.15 * (batch / 8) * (recipe.width / 16) ** 1.6 * (recipe.slicing.size / 144) ** 2;
    const guess: Speed = {
      ...{ perMegavoxel: 0.2, perSlice: 0.002, starting: 3, perStep, perEpoch: 0 },
      ...{ usable: 1, cut: 1, weightBytes: 0 },
    };
    if (!workspace.isIdle || cases.length === 0) return guess;
    const standIns = representative(
      cases.map(({ ref, volume }) => ({ ref, geometry: volume.geometry })),
      sampled,
    );
    try {
      const { speed } = await workspace.measure({
        kind: 'measure',
        title: 'Measure',
        work: join(workspace.folder, 'measure'),
        cache: this.cache,
        cases: standIns.map(({ ref }) => ref),
        preset: 'desktop',
        recipe,
        batch,
        mode: kind,
      });
      if (speed === undefined) return guess;
      this.learn(kind, recipe, batch, speed);
      return speed;
    } catch {
      return guess;
    }
  }
}
