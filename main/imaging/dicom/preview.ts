/** A DICOM file's header as rows to be read by a person before the file leaves. */
import { Tag } from './tags';
import type { DataSet } from './dataset';
import { DICTIONARY, type Vr } from './dictionary';
import { openDicom } from './file';

export interface HeaderRow {
  /** 0 at the top level, one more inside each sequence. */
  readonly depth: number;
  /** E.g. "(0010,0020)"; empty for the heading of an item. */
  readonly tag: string;
  /** Keyword of PS3.6; empty where we do not know the attribute. */
  readonly name: string;
  readonly vr: string;
  readonly value: string;
}

/** Items of a sequence that are shown; the others are counted. */
const itemsShown = 2;
const longestValue = 120;
/** Values of a list that are shown, e.g. coordinates of a contour. */
const valuesShown = 6;

const known: ReadonlyMap<string, readonly [name: string, vr: Vr]> = new Map(
  Object.entries(DICTIONARY).map(([name, [tag, vr]]) => [tag.toLowerCase(), [name, vr] as const]),
);

const numeric: ReadonlySet<string> = new Set(['US', 'SS', 'UL', 'SL', 'FL', 'FD']);
const binary: ReadonlySet<string> = new Set(['OB', 'OW', 'OF', 'OD', 'OL', 'UN']);

/** Every attribute of a file as it will be written; sequences with their first items. @throws ImagingError */
export function headerRows(bytes: Uint8Array): HeaderRow[] {
  const rows: HeaderRow[] = [];
  describe(openDicom(bytes).dataSet, 0, rows);
  return rows;
}

function describe(dataSet: DataSet, depth: number, rows: HeaderRow[]): void {
  for (const tag of dataSet.tags()) {
    const hex = tag.toString(16).padStart(8, '0');
    const [name, vr] = known.get(hex) ?? ['', dataSet.element(tag)?.vr ?? ''];
    const row = { depth, tag: `(${hex.slice(0, 4)},${hex.slice(4)})`, name, vr };
    if (vr !== 'SQ') {
      rows.push({ ...row, value: valueOf(dataSet, tag, vr) });
      continue;
    }
    const items = dataSet.items(tag);
    rows.push({ ...row, value: `${items.length} ${items.length === 1 ? 'item' : 'items'}` });
    items.slice(0, itemsShown).forEach((item, n) => {
      rows.push({ depth: depth + 1, tag: '', name: '', vr: '', value: `item ${n + 1}` });
      describe(item, depth + 1, rows);
    });
    if (items.length > itemsShown)
      rows.push({
        depth: depth + 1,
        tag: '',
        name: '',
        vr: '',
        value: `… ${items.length - itemsShown} more`,
      });
  }
}

function valueOf(dataSet: DataSet, tag: number, vr: string): string {
  const length = dataSet.element(tag)?.length ?? 0;
  if (tag === Tag.pixelData || binary.has(vr)) return `${length} bytes`;
  if (vr === 'AT') return [...dataSet.bytes(tag)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const values = numeric.has(vr)
    ? dataSet.numbers(tag, vr as 'US').map(String)
    : dataSet.text(tag).split('\\');
  const shown = values.slice(0, valuesShown).join(' \\ ');
  const rest = values.length > valuesShown ? ` … ${values.length - valuesShown} more` : '';
  return (shown.length > longestValue ? `${shown.slice(0, longestValue)}…` : shown) + rest;
}
