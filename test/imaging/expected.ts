import { readFileSync } from 'node:fs';
import { dataPath, sharedData } from '../data';

/** One series of the archive as pydicom reads it (data/archive/expected.json). */
export interface ExpectedSeries {
  folder: string;
  series_uid: string;
  n_files: number;
  file?: string;
  modality: string | null;
  rows: number | null;
  cols: number | null;
  frames: number | null;
  pixel_spacing?: [number, number];
  orientation?: number[];
  slice_gap_min_max?: [number, number];
  first_position?: number[];
  last_position?: number[];
  gantry_tilt_deg?: number;
  stored_sha256_int32le?: string;
  rescaled_min?: number;
  rescaled_max?: number;
  rescaled_mean?: number;
  pixel_error?: string;
}

export const expectedSeries: [string, ExpectedSeries][] =
  sharedData === null
    ? []
    : Object.entries(JSON.parse(readFileSync(dataPath('archive', 'expected.json'), 'utf8')).series);
