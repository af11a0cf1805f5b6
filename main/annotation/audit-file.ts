/**
 * The audit trail as a file for others: one line an event, comma-separated (RFC 4180), each with a checksum over itself
 * and the checksum before it, and a last line that says how many there are. Whoever changes, removes, adds or moves a
 * line breaks the chain from there on.
 */
import { createHash } from 'node:crypto';
import type { AuditReport } from './audit-report';

const COLUMNS = ['at', 'by', 'volume', 'what', 'model', 'version'] as const;
const HEAD = [...COLUMNS, 'chain'].join(',');
const END = 'end';

const link = (before: string, line: string): string =>
  createHash('sha256').update(before, 'utf8').update('\n').update(line, 'utf8').digest('hex').slice(0, 32);

/** A spreadsheet must not take a name for a formula. */
const cell = (text: string): string => {
  const plain = text.replace(/[\r\n]+/g, ' ');
  const safe = /^[=+\-@\t]/.test(plain) ? `'${plain}` : plain;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** The whole trail; faults that were found stand in it as lines of their own. */
export function auditFile({ lines, faults }: AuditReport): string {
  const rows = [
    ...lines.map(({ at, by, volumeId, what, modelId, version }) => [
      at,
      by,
      volumeId ?? '',
      what,
      modelId ?? '',
      version ?? '',
    ]),
    ...faults.map((fault) => ['', '', '', `FAULT: ${fault}`, '', '']),
  ];
  let check = link('', HEAD);
  const text = [HEAD];
  for (const row of [...rows, [END, '', '', String(rows.length), '', '']]) {
    const line = row.map(cell).join(',');
    check = link(check, line);
    text.push(`${line},${check}`);
  }
  return `${text.join('\n')}\n`;
}

export interface AuditFileVerdict {
  readonly events: number;
  /** Number of the first line that does not fit what is before it; null where all do. */
  readonly brokenAt: number | null;
}

/** Checks a file that {@link auditFile} made. Lines count from 1, the heading included. */
export function verifyAuditFile(text: string): AuditFileVerdict {
  const lines = text.replace(/\n$/, '').split('\n');
  let check = link('', HEAD);
  if (lines[0] !== HEAD) return { events: 0, brokenAt: 1 };
  for (let n = 1; n < lines.length; n++) {
    const cut = lines[n].lastIndexOf(',');
    const line = lines[n].slice(0, cut);
    check = link(check, line);
    if (lines[n].slice(cut + 1) !== check) return { events: n - 1, brokenAt: n + 1 };
  }
  const isEnd = lines.at(-1)?.startsWith(`${END},,,${lines.length - 2},,,`) ?? false;
  return { events: Math.max(0, lines.length - 2), brokenAt: isEnd ? null : lines.length + 1 };
}
