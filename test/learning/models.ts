import { join } from 'node:path';
import { writeModel, type ModelDescription } from '../../main/learning/registry/model-folder';

/** Weights of a made-up model. */
export const weights = new Map([['encoder.0', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]]);

/** Writes a made-up model into a folder of models. */
export const makeModel = (
  models: string,
  id: string,
  kind: ModelDescription['kind'] = 'pretrained',
): ModelDescription =>
  writeModel(
    join(models, id),
    {
      id,
      name: 'CT',
      kind,
      createdAt: new Date(0).toISOString(),
      parent: null,
      recipe: {
        profileId: 'ct',
        channels: ['CT'],
        slicing: { mm: 2, through: 'native', size: 48, interpolation: 'linear' },
        reading: { clusterOn: 'raw', patches: 'all', foreground: 'small', order: 'margin' },
        width: 4,
        patch: 16,
      },
      segments: kind === 'taught' ? ['GTV'] : [],
      network: { kind: 'unet2d', inChannels: 1, outChannels: 1, width: 4, depth: 4, normalisation: 'group' },
      configuration: { epochs: 3 },
      learntFrom: { patients: 1, scans: 1, slices: 3, sha256: ['0'.repeat(64)] },
      figures: [],
      metrics: { loss: 0.5 },
    },
    weights,
  );
