/** @typedef {import('./compare.mjs').Row} Row */

const names = {
  ours_fp32_s: 'ours, float32',
  ours_mixed_s: 'ours, mixed',
  tfjs_s: 'plain tfjs',
  torch_eager_s: 'PyTorch eager',
  torch_channels_last_s: 'PyTorch channels-last',
  torch_channels_last_bf16_s: 'PyTorch channels-last bf16',
  torch_compile_s: 'PyTorch compile',
  torch_channels_last_amp_s: 'PyTorch AMP channels-last',
};

/** @param {number | null | undefined} value */
const seconds = (value) => (value ? value.toFixed(3) : '–');

/** @param {number | null | undefined} a @param {number | null | undefined} b */
const ratio = (a, b) => (a && b ? (a / b).toFixed(2) : '–');

/**
 * @param {readonly Row[]} rows
 * @param {'train' | 'infer'} action
 */
const table = (rows, action) => {
  const modes = Object.entries(names).filter(([mode]) => rows.some((row) => mode in row[action]));
  const head = ['width, size, batch', ...modes.map(([, name]) => name)];
  const lines = rows.map((row) => [
    `${row.width}, ${row.size}², ${row.batch}`,
    ...modes.map(([mode]) => seconds(row[action][mode])),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

/** @param {readonly Row[]} rows @param {'train' | 'infer'} action */
const ratios = (rows, action) => {
  const head = [
    'width, size',
    'float32 / eager',
    'mixed / eager',
    'mixed / channels-last bf16',
    'float32 / plain tfjs',
  ];
  const lines = rows.map(({ width, size, [action]: times }) => [
    `${width}, ${size}²`,
    ratio(times.ours_fp32_s, times.torch_eager_s),
    ratio(times.ours_mixed_s, times.torch_eager_s),
    ratio(times.ours_mixed_s, times.torch_channels_last_bf16_s ?? times.torch_channels_last_amp_s),
    ratio(times.ours_fp32_s, times.tfjs_s),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

/**
 * @param {{ machine: object, rows: readonly Row[] }} result
 * @returns {string} Markdown
 */
export const markdown = ({ machine, rows }) => {
  const about = Object.entries(machine).map(([key, value]) => `- ${key}: ${value}`);
  return [
    'Median seconds; the contenders take turns step by step.',
    '',
    ...about,
    '',
    '### Training step',
    '',
    table(rows, 'train'),
    '',
    ratios(rows, 'train'),
    '',
    '### Inference',
    '',
    table(rows, 'infer'),
    '',
    ratios(rows, 'infer'),
  ].join('\n');
};
