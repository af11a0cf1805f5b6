/** @typedef {{ order: Record<string, any>, load: number, answer: Record<string, any> }} Row */
/** @typedef {{ machine: string, parts: Record<string, { at: string, rows: Row[] }> }} Result */

/** @param {readonly (readonly unknown[])[]} rows */
const table = (rows) => {
  const [head = [], ...lines] = rows;
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};
/** @param {number} value */
const gigabytes = (value) => (value / 1e9).toFixed(2);
/** @param {number} value */
const megabytes = (value) => (value / 1e6).toFixed(1);
/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;
/** @param {Row} row */
const what = ({ order }) =>
  `${order.kind === 'teach' ? 'teaching' : 'pretraining'}, ${order.patients * order.times} × ${order.channel}, width ${order.width}, ${order.epochs} epochs`;

/** @type {Record<string, (rows: readonly Row[]) => string>} */
const writers = {
  estimates: (rows) =>
    table([
      [
        'run',
        'told, s',
        'was, s',
        'was / told',
        'disk told, MB',
        'disk was, MB',
        'was / told',
        'measuring, s',
        'load',
      ],
      ...rows.map((row) => {
        const { told, was, measuring } = row.answer;
        return [
          what(row),
          told.seconds.toFixed(1),
          was.seconds.toFixed(1),
          (was.seconds / told.seconds).toFixed(2),
          megabytes(told.diskBytes),
          megabytes(was.diskBytes),
          (was.diskBytes / told.diskBytes).toFixed(2),
          measuring.toFixed(1),
          row.load.toFixed(1),
        ];
      }),
    ]),
  archive: (rows) => {
    const [one, ten] = rows.map(({ answer }) => answer);
    const shown = table([
      ['scans', 'seconds', 'without compiling, s', 'peak, GB', 'slices on the disk, MB', 'load'],
      ...rows.map(({ answer, load }) => [
        answer.scans,
        answer.seconds.toFixed(1),
        answer.secondsWithoutStart.toFixed(1),
        gigabytes(answer.peakBytes),
        megabytes(answer.diskBytes),
        load.toFixed(1),
      ]),
    ]);
    if (!one || !ten) return shown;
    const time = ten.secondsWithoutStart / one.secondsWithoutStart;
    return `${shown}\n\nTen times the scans: ${time.toFixed(2)} × the time, ${(ten.peakBytes / one.peakBytes).toFixed(3)} × the memory.`;
  },
  steps: (rows) =>
    rows
      .map(
        ({ answer }) =>
          `${answer.steps} steps in ${answer.seconds.toFixed(0)} s; resident memory ${gigabytes(answer.residentBytes[0])} GB after 100, ` +
          `${gigabytes(answer.residentBytes.at(-1))} GB at the end; last third against the middle one ${percent(answer.growth)}.`,
      )
      .join('\n'),
  feeding: (rows) =>
    table([
      ['run', 'fed by', 'median step, s (three rounds)', 'step waits (three rounds)', 'threads'],
      ...rows.flatMap((row) =>
        Object.entries(row.answer).map(([who, { perStep, waiting, threads }]) => [
          what(row),
          who,
          perStep.map((/** @type {number} */ s) => s.toFixed(3)).join(', '),
          waiting.map(percent).join(', '),
          threads ? 'yes' : 'no',
        ]),
      ),
    ]),
  propose: (rows) =>
    table([
      ['case', 'width', 'mirrored', 'first, s (compiles)', 'then, s', 'load'],
      ...rows.map(({ order, answer, load }) => [
        answer.size.join(' × '),
        order.width,
        order.mirror ? 'both axes' : 'no',
        answer.cold.toFixed(2),
        answer.warm.toFixed(2),
        load.toFixed(1),
      ]),
    ]),
};

const titles = {
  estimates: 'What was told, and what was',
  archive: 'An archive of ten times the scans',
  steps: 'Memory over 2,000 steps',
  feeding: 'Feeding the step',
  propose: 'A proposal, without the window',
};

/** @param {Result} result @returns {string} Markdown */
export const pageOf = ({ machine, parts }) =>
  [
    `On ${machine}; “load” is the machine’s load average when a row began (0 to 0.5: nothing else ran).`,
    ...Object.entries(titles).flatMap(([part, title]) => {
      const found = parts[part];
      return found
        ? [
            `### ${title}`,
            `Measured ${found.at.slice(0, 16).replace('T', ' ')}.`,
            writers[part]?.(found.rows),
          ]
        : [];
    }),
  ].join('\n\n');
