import { existsSync } from 'node:fs';
import type { ModelId, ModelParcel, ModelSummary } from '../../../preload/api';
import type { JobSpec } from '../jobs/spec';
import { StudioError } from '../store/failure';
import { exportModel, openParcel, unpackParcel } from './parcel';
import type { ModelRegistry } from './registry';
import { TrustBook } from './trust';

/** Models of this machine leave and come as signed files, and are deleted. */
export class ModelExchange {
  private readonly registry: ModelRegistry;
  private readonly identityFolder: string;
  private readonly trusted: TrustBook;
  private readonly pending: () => Promise<readonly JobSpec[]>;

  /**
   * @param identityFolder where this site's key and the keys that it trusts lie
   * @param pending what jobs are to do that are not over yet
   */
  constructor(
    registry: ModelRegistry,
    identityFolder: string,
    pending: () => Promise<readonly JobSpec[]> = () => Promise.resolve([]),
  ) {
    this.registry = registry;
    this.pending = pending;
    this.identityFolder = identityFolder;
    this.trusted = new TrustBook(identityFolder);
  }

  /** @returns the fingerprint of this site's key, to be told to whoever gets the file */
  export(id: string, file: string): string {
    this.registry.get(id);
    return exportModel(this.registry.folderOf(id), this.identityFolder, file);
  }

  /** Deletes a model for good. @throws StudioError while a job needs it */
  async remove(id: string): Promise<void> {
    const folder = this.registry.folderOf(id);
    const needs = (spec: JobSpec): boolean =>
      spec.kind === 'propose' ? spec.modelFolder === folder : spec.from === folder;
    if ((await this.pending()).some(needs))
      throw new StudioError(
        `"${this.registry.get(id).name}" is at work in a job.`,
        'Wait for the job, or cancel it, then delete the model.',
      );
    this.registry.remove(id);
  }

  /** What a file holds and who signed it; nothing is taken over. @throws StudioError where it cannot be trusted at all */
  inspect(file: string): ModelParcel {
    const { model, publicKey, signedBy } = openParcel(file);
    const { patients, scans, slices } = model.learntFrom;
    return {
      file,
      name: model.name,
      kind: model.kind,
      profileId: model.recipe.profileId,
      createdAt: model.createdAt,
      figures: model.figures,
      segments: model.segments,
      learntFrom: { patients, scans, slices },
      signedBy,
      own: this.trusted.isOwn(publicKey),
      trusted: this.trusted.knows(publicKey),
      present: existsSync(this.registry.folderOf(model.id)),
    };
  }

  /**
   * Takes a model over. Whoever signed it is trusted from then on.
   * @param agreed the fingerprint that the person said yes to; null where only known keys are to be taken
   * @throws StudioError if the file is signed by somebody else, or by nobody whom this machine knows
   */
  import(file: string, agreed: string | null): ModelSummary {
    const parcel = openParcel(file);
    if (!this.trusted.knows(parcel.publicKey)) {
      if (agreed === null)
        throw new StudioError(
          `${file} is signed by ${parcel.signedBy}, whom this machine does not know yet.`,
          'Ask whoever sent it to read out their fingerprint; import it only where the two are alike.',
        );
      if (agreed !== parcel.signedBy)
        throw new StudioError(
          `${file} is signed by ${parcel.signedBy}, not by ${agreed}.`,
          'Do not use it; ask whoever sent it to export it again.',
        );
    }
    const model = unpackParcel(parcel, this.registry.folder, file);
    this.trusted.trust(parcel.publicKey);
    if (!this.trusted.isOwn(parcel.publicKey)) this.registry.noteImported(model.id, parcel.signedBy);
    return this.registry.summary(model.id as ModelId);
  }
}
