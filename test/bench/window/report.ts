/** Times from the click, ms. */
export interface Opening {
  readonly kind: string;
  /** The voxels were prepared by an earlier opening. */
  readonly cached: boolean;
  /** The first scan since the application was started. */
  readonly start: boolean;
  readonly first: number;
  readonly whole: number;
}

export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly slowest: number;
}

export interface WindowFigures {
  readonly at: string;
  readonly commit: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly scan: {
    readonly size: readonly number[];
    readonly spacing: readonly number[];
    readonly megabytes: number;
  };
  readonly openings: readonly Opening[];
  readonly scrolling: Spread;
  readonly brush: Spread;
  /** Resident memory by process. */
  readonly megabytes: Readonly<Record<string, number>>;
}

/** Rounded to a tenth of a millisecond. */
export function spread(waits: readonly number[]): Spread {
  const sorted = [...waits].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN)) / 10;
  return { count: sorted.length, median: at(0.5), p99: at(0.99), slowest: at(1) };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(2);

/** The figures as a page of the documents. */
export function reportOf(figures: WindowFigures): string {
  const { machine, scan, openings, scrolling, brush, megabytes } = figures;
  const opened = ({ kind, cached, start }: Opening): string =>
    `${kind}${cached ? ', opened before' : ''}${start ? ', first scan since the start' : ''}`;
  const row = (name: string, s: Spread): string =>
    `| ${name} | ${s.count} | ${s.median} | ${s.p99} | ${s.slowest} |`;
  return `# The window: opening, scrolling, painting

\`npm run bench:window\`, ${figures.at.slice(0, 10)}, commit ${figures.commit}. A generated CT of
${scan.size.join(' × ')} voxels (${scan.megabytes} MB of 16-bit voxels), uncompressed DICOM or NIfTI. ${machine.processor},
${machine.cores} cores, ${machine.gigabytes} GB, ${machine.system}; Electron ${machine.electron}, ${machine.drawing}; load average ${machine.loadBefore} before.
Times are read from the pixels on the screen, from the input event to the frame that shows its effect.

## Opening: seconds from the click
The bars are 1.5 s to the first image and 4 s to all of it (every voxel in the window, tools ready).

| scan | first image | all of it |
|---|---|---|
${openings.map((o) => `| ${opened(o)} | ${seconds(o.first)} | ${seconds(o.whole)} |`).join('\n')}

## Working: milliseconds
| | steps | median | 99th percentile | slowest |
|---|---|---|---|---|
${row('Scrolling by the wheel, three views, to the drawn slice', scrolling)}
${row('Brush of 20 mm, pointer event to the painted overlay', brush)}

## Memory: MB resident, with one scan open after eight
${Object.entries(megabytes)
  .map(([name, mb]) => `${name} ${mb}`)
  .join(', ')}
`;
}
