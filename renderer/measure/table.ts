import type { Diameters } from './diameters';
import type { Statistics } from './statistics';

/** What is measured of one segment. */
export interface Measurement {
  readonly name: string;
  readonly voxels: number;
  readonly millilitres: number;
  readonly diameters: Diameters | null;
  readonly statistics: Statistics | null;
  readonly peak: number | null;
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const figure = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? '' : value.toFixed(digits);

/** The measurements as comma-separated values (RFC 4180), with a point as decimal sign. */
export function csvOf(measurements: readonly Measurement[], unit: string): string {
  const per = unit === '' ? '' : ` [${unit}]`;
  const head = [
    'segment',
    'voxels',
    'volume [ml]',
    'longest diameter [mm]',
    'perpendicular [mm]',
    'slice',
    `mean${per}`,
    `SD${per}`,
    `min${per}`,
    `median${per}`,
    `max${per}`,
    `peak${per}`,
  ];
  const rows = measurements.map((m) => [
    quoted(m.name),
    String(m.voxels),
    figure(m.millilitres, 4),
    figure(m.diameters?.longest, 2),
    figure(m.diameters?.perpendicular, 2),
    m.diameters ? String(m.diameters.slice + 1) : '',
    figure(m.statistics?.mean, 4),
    figure(m.statistics?.deviation, 4),
    figure(m.statistics?.min, 4),
    figure(m.statistics?.median, 4),
    figure(m.statistics?.max, 4),
    figure(m.peak, 4),
  ]);
  return [head, ...rows].map((row) => row.join(',')).join('\r\n') + '\r\n';
}
