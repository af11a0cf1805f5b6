import { currentLanguage, t } from './message.svelte';

/** A typographic minus, so that signs stand out of a row of figures. */
const minus = (text: string): string => text.replace('-', '−');

export const number = (value: number, digits = 0): string =>
  minus(
    value.toLocaleString(currentLanguage(), {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      useGrouping: false,
    }),
  );

/** mm along one axis of the patient. */
export const millimetres = (value: number): string => `${number(Math.abs(value) < 0.05 ? 0 : value, 1)} mm`;

/** Volume, in the precision in which it means something. */
export const millilitres = (value: number): string =>
  `${number(value, value < 10 ? 2 : value < 100 ? 1 : 0)} ml`;

/** A voxel's value: HU as whole numbers, SUV with two digits. */
export function voxelValue(value: number, unit: string): string {
  const digits = unit === 'HU' || unit === 'counts' ? 0 : unit === 'SUVbw' ? 2 : Math.abs(value) < 10 ? 2 : 0;
  return `${number(value, digits)}${unitLabel(unit) ? ` ${unitLabel(unit)}` : ''}`;
}

/** A grey scale's width and level, in the precision in which they mean something. */
export function windowText({ lower, upper }: { readonly lower: number; readonly upper: number }): string {
  const digits = upper - lower < 20 ? 1 : 0;
  return t('view.window', {
    width: number(upper - lower, digits),
    level: number((upper + lower) / 2, digits),
  });
}

export const unitLabel = (unit: string): string =>
  ({ HU: 'HU', SUVbw: 'SUV', 'Bq/ml': 'Bq/ml', counts: 'counts', stored: '' })[unit] ?? '';

/** Length of a file. */
export const fileSize = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${number(bytes / 1e3)} kB`
      : bytes < 1e9
        ? `${number(bytes / 1e6, 1)} MB`
        : `${number(bytes / 1e9, 1)} GB`;

/** How long still, in words that do not jump about. */
export function duration(seconds: number): string {
  if (seconds < 60) return t('time.seconds', { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 3600) return t('time.minutes', { n: Math.round(seconds / 60) });
  return t('time.hours', { n: number(seconds / 3600, 1) });
}

/** A DICOM date (YYYYMMDD) as an ISO date; anything else as it stands. */
export const date = (text: string | null): string =>
  text === null ? '' : text.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');

/** Local time of an ISO instant, hours and minutes. */
export const clock = (iso: string): string =>
  new Date(iso).toLocaleTimeString(currentLanguage(), { hour: '2-digit', minute: '2-digit' });

/** Local day and time of an ISO instant. */
export const moment = (iso: string): string =>
  new Date(iso).toLocaleString(currentLanguage(), { dateStyle: 'medium', timeStyle: 'short' });
