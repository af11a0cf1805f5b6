import presets from '../../resources/window-presets.json';
import type { OpenVolume } from '../../preload/api';
import type { WindowRange } from '../viewer/viewer';

export interface WindowPreset {
  readonly name: string;
  readonly range: WindowRange;
}

interface PresetEntry {
  readonly name: string;
  readonly lower?: number;
  readonly upper?: number;
  readonly from?: 'min' | 'max' | 'p1' | 'p99';
  readonly to?: 'min' | 'max' | 'p1' | 'p99';
  /** Part of the span that is kept, for presets made from the volume's own range. */
  readonly share?: number;
  /** The preset means something only in this unit. */
  readonly unit?: string;
}

type Source = Pick<OpenVolume, 'modality' | 'unit' | 'range'>;

/** A window must not be empty, or everything is one grey. */
const ordered = (lower: number, upper: number): WindowRange => ({
  lower,
  upper: upper > lower ? upper : lower + 1,
});

/** The window presets of a volume: fixed ones where the unit is absolute, else from its own range. */
export function presetsFor(volume: Source): readonly WindowPreset[] {
  const table = presets as Readonly<Record<string, readonly PresetEntry[]>>;
  const absolute = volume.modality !== 'CT' || volume.unit === 'HU';
  const entries = (absolute ? table[volume.modality] : undefined) ?? table.any;
  return entries
    .filter((entry) => entry.unit === undefined || entry.unit === volume.unit)
    .map((entry) => {
      if (entry.lower !== undefined && entry.upper !== undefined)
        return { name: entry.name, range: ordered(entry.lower, entry.upper) };
      const from = volume.range[entry.from ?? 'p1'];
      const to = volume.range[entry.to ?? 'p99'];
      return { name: entry.name, range: ordered(from, from + (to - from) * (entry.share ?? 1)) };
    });
}

/** The window that a volume opens with. */
export const firstWindow = (volume: Source): WindowRange =>
  presetsFor(volume)[0]?.range ?? ordered(volume.range.min, volume.range.max);
