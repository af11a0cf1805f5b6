import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JobId, ModelId, ModelTrial, VolumeId } from '../../../preload/api';
import { readProposed } from '../jobs/propose';
import { sha256 } from '../store/atomic';
import { StudioError } from '../store/failure';
import type { Cohort } from './cohort';
import type { Workspace } from './workspace';

/**
 * What models answer on a case when they are tried against each other. Kept beside the caches and never in the
 * annotation; a model does not change, so its answer on the same voxels holds for ever.
 */
export class Trials {
  private readonly cacheFolder: string;

  constructor(cacheFolder: string) {
    this.cacheFolder = cacheFolder;
  }

  /**
   * Starts a trial; null where the answer is there.
   * @throws StudioError if the model cannot contour such a scan
   */
  start(workspace: Workspace, cohorts: readonly Cohort[], id: VolumeId, modelId: ModelId): JobId | null {
    const model = workspace.registry.get(modelId);
    const found = cohorts
      .filter((cohort) => cohort.id === model.recipe.profileId)
      .flatMap(({ cases }) => cases.filter(({ volume }) => volume.id === id))
      .at(0);
    if (!found || model.kind !== 'taught')
      throw new StudioError(
        `"${model.name}" cannot contour this scan.`,
        'Choose a model that was taught on this kind of scan.',
      );
    const result = this.file(id, modelId, found.volume.signature);
    if (existsSync(result)) return null;
    mkdirSync(join(this.cacheFolder, 'trials'), { recursive: true });
    const { id: job, place } = workspace.place(this.cacheFolder);
    workspace.board.add(
      job,
      {
        kind: 'propose',
        title: `Try ${model.name}`,
        cache: place.cache,
        work: join(place.job, 'work'),
        case: found.ref,
        modelFolder: workspace.registry.folderOf(modelId),
        mirror: true,
        uncertainty: true,
        trial: true,
        result,
      },
      { volumeId: id, profileId: model.recipe.profileId, trialOf: modelId },
    );
    return job;
  }

  /** The answer of a model; null where it was not tried or what is there cannot be read. */
  answer(id: VolumeId, modelId: ModelId, signature: string): ModelTrial | null {
    const file = this.file(id, modelId, signature);
    if (!existsSync(file)) return null;
    try {
      const { modelName, segments } = readProposed(file);
      return {
        modelId,
        modelName,
        segments: segments.map(({ name, flips, millilitres }) => ({ name, mask: flips, millilitres })),
      };
    } catch {
      return null;
    }
  }

  private file(id: VolumeId, modelId: ModelId, signature: string): string {
    return join(this.cacheFolder, 'trials', `${sha256(`${id} ${signature} ${modelId}`).slice(0, 32)}.packed`);
  }
}
