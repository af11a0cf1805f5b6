import { z } from 'zod';
import starting from '../../resources/profiles.json';
import type { VolumeGeometry } from '../imaging/space/geometry';
import type { Reading } from '../../models/amlp';
import { readingSchema } from './jobs/spec';
import { learningGrid, paperSlicing, type Slicing } from './preprocess/grid';

const modalitySchema = z.object({
  modality: z.enum(['CT', 'MR', 'PT', 'OT']),
  name: z.string(),
  finestMm: z.number().positive(),
  largestSide: z.int().multipleOf(16),
  patch: z.int().positive(),
  reading: readingSchema,
  window: z.tuple([z.number(), z.number()]).optional(),
});
export type StartingProfile = z.infer<typeof modalitySchema>;

const profiles = z.array(modalitySchema).parse(starting.modalities);

/** Which modality a channel is of, by the names that people give: PT and PET are one, T1 and FLAIR are MR. */
export function modalityOf(name: string): StartingProfile['modality'] {
  const upper = name.toUpperCase();
  if (/^(PT|PET|SUV)(?![A-Z])/.test(upper)) return 'PT';
  if (/^(CT|CBCT)(?![A-Z])/.test(upper)) return 'CT';
  if (/^(MR|MRI|T1|T1CE|T1GD|T1C|T1N|T2|T2W|FLAIR|T2F|DWI|ADC|DCE|DIXON)(?![A-Z])/.test(upper)) return 'MR';
  return 'OT';
}

/** Starting values of a channel's modality. */
export function startingProfile(channel: string): StartingProfile {
  const modality = modalityOf(channel);
  return profiles.find((profile) => profile.modality === modality) ?? profiles[profiles.length - 1];
}

/** MR sequences that are comparable among themselves, told by the series description. */
const sequences: readonly (readonly [RegExp, string])[] = [
  [/(^|[^a-z])ADC([^a-z]|$)|apparent/i, 'ADC'],
  [/DWI|diff|\bEP2D\b|trace/i, 'DWI'],
  [/FLAIR|dark.?fluid/i, 'FLAIR'],
  [/T1.*(CE|GD|\+ ?C|POST|KM|contrast)|post.?contrast/i, 'T1CE'],
  [/T1|MPRAGE|\bSPGR\b/i, 'T1'],
  [/STIR/i, 'STIR'],
  [/T2/i, 'T2'],
  [/\bPD\b|proton/i, 'PD'],
];

/** What makes scans comparable: the modality, and for MR the sequence. E.g. "CT", "PET", "MR T1". */
export function comparableName(modality: string, description: string): string {
  if (modality === 'CT') return 'CT';
  if (modality === 'PT') return 'PET';
  if (modality !== 'MR') return modality;
  const sequence = sequences.find(([pattern]) => pattern.test(description))?.[1];
  return sequence === undefined ? 'MR' : `MR ${sequence}`;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/**
 * How an archive's scans are cut on a desktop: at their usual pixel size where that is coarse enough (so that most
 * are not resampled at all), in slices large enough for nine of ten.
 */
export function desktopSlicing(profile: StartingProfile, geometries: readonly VolumeGeometry[]): Slicing {
  const usual = median(geometries.map(({ spacing }) => (spacing[0] + spacing[1]) / 2));
  const mm = Math.round(Math.max(profile.finestMm, usual) * 1000) / 1000;
  const slicing: Slicing = {
    mm,
    through: 'native',
    size: 16,
    interpolation: 'linear',
    ...(profile.window ? { window: profile.window } : {}),
  };
  const sides = geometries
    .map((geometry) => {
      const { columns, rows } = learningGrid(geometry, slicing);
      return Math.max(columns.length, rows.length);
    })
    .sort((a, b) => a - b);
  const most = sides[Math.min(sides.length - 1, Math.floor(0.9 * sides.length))];
  const size = Math.min(profile.largestSide, Math.max(48, Math.ceil(most / 16) * 16));
  return { ...slicing, size };
}

export type Preset = 'desktop' | 'paper';

/** Everything about cutting and reading that a run starts with, before any contour is known. */
export function startingRecipe(
  preset: Preset,
  channels: readonly string[],
  geometries: readonly VolumeGeometry[],
): { slicing: Slicing; reading: Reading; patch: number } {
  const profile = startingProfile(channels[0]);
  if (preset === 'paper')
    return {
      slicing: paperSlicing(profile.modality),
      reading: { clusterOn: 'raw', patches: 'all', foreground: 'small', order: 'as-printed' },
      patch: 16,
    };
  return { slicing: desktopSlicing(profile, geometries), reading: profile.reading, patch: profile.patch };
}
