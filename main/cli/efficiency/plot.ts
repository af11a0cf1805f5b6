import type { EfficiencyResult } from './aggregate';

const colours: Readonly<Record<string, string>> = {
  scratch: '#6b7280',
  base: '#d97706',
  amlp: '#0072b2',
  'scratch-self': '#111827',
  'amlp-self': '#059669',
  monai: '#b91c1c',
  'monai-instance': '#fca5a5',
  'suv2.5': '#7c3aed',
};

const width = 330;
const height = 270;
const frame = { left: 44, right: 12, top: 28, bottom: 40 };
const low = 0;
const high = 0.9;

/** How far right a budget stands: by the logarithm of its slices, which is what a clinician spends. */
export const across = (slices: number): number => Math.log2(Math.max(1, slices));

const f = (v: number): string => v.toFixed(1);

/** Learning curves, one panel a modality: DSC over contoured slices; whiskers are the standard error over patients. */
export function learningCurves(results: readonly EfficiencyResult[], modalities: readonly string[]): string {
  const drawn = results.filter((one) => one.arm in colours);
  const xs = drawn.filter((one) => one.slices > 0).map((one) => across(one.slices));
  const [x0, x1] = [Math.floor(Math.min(...xs, 0)), Math.ceil(Math.max(...xs, 1))];
  const px = (x: number): number => frame.left + ((x - x0) / (x1 - x0)) * (width - frame.left - frame.right);
  const py = (y: number): number =>
    height - frame.bottom - ((y - low) / (high - low)) * (height - frame.top - frame.bottom);
  const panel = (modality: string, n: number): string => {
    const lines = Object.entries(colours).flatMap(([arm, colour]) => {
      const cells = drawn.filter((one) => one.modality === modality && one.arm === arm);
      if (cells.length === 0) return [];
      if (cells[0].slices === 0) {
        const y = f(py(cells[0].dsc_mean));
        return [
          `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y}" y2="${y}" stroke="${colour}" stroke-dasharray="3 4"/>`,
        ];
      }
      const points = [...cells].sort((a, b) => a.slices - b.slices);
      const patients = (one: EfficiencyResult): number =>
        new Set(one.dsc_per_patient.map((row) => row.case)).size;
      return [
        `<polyline fill="none" stroke="${colour}" stroke-width="1.75" points="${points
          .map((one) => `${f(px(across(one.slices)))},${f(py(one.dsc_mean))}`)
          .join(' ')}"/>`,
        ...points.map((one) => {
          const x = f(px(across(one.slices)));
          const error = one.dsc_sd / Math.sqrt(patients(one));
          return `<circle cx="${x}" cy="${f(py(one.dsc_mean))}" r="2.5" fill="${colour}"/><line x1="${x}" x2="${x}" y1="${f(py(one.dsc_mean - error))}" y2="${f(py(one.dsc_mean + error))}" stroke="${colour}" stroke-opacity="0.5"/>`;
        }),
      ];
    });
    const grid = [0, 0.2, 0.4, 0.6, 0.8].map(
      (y) =>
        `<line x1="${frame.left}" x2="${width - frame.right}" y1="${f(py(y))}" y2="${f(py(y))}" stroke="#e5e7eb"/><text x="${frame.left - 6}" y="${f(py(y) + 4)}" text-anchor="end">${y}</text>`,
    );
    const ticks = Array.from({ length: x1 - x0 + 1 }, (_, i) => x0 + i)
      .filter((x) => x % 2 === 0)
      .map(
        (x) =>
          `<text x="${f(px(x))}" y="${height - frame.bottom + 16}" text-anchor="middle">${2 ** x}</text>`,
      );
    return `<g transform="translate(${n * width},0)"><text x="${width / 2}" y="16" text-anchor="middle" font-weight="600">${modality}</text>${grid.join('')}${ticks.join('')}${lines.join('')}<text x="${width / 2}" y="${height - 6}" text-anchor="middle">contoured slices (logarithmic)</text></g>`;
  };
  const shown = Object.entries(colours).filter(([arm]) => drawn.some((one) => one.arm === arm));
  const names = shown.map(
    ([arm, colour], n) =>
      `<g transform="translate(${44 + n * 110},${height + 14})"><line x1="0" x2="20" y1="-4" y2="-4" stroke="${colour}" stroke-width="2.5"/><text x="26">${arm}</text></g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width * modalities.length} ${height + 26}" font-family="system-ui,sans-serif" font-size="11" fill="#374151" role="img" aria-label="DSC by contoured slices"><rect width="100%" height="100%" fill="#ffffff"/>${modalities.map(panel).join('')}${names.join('')}</svg>\n`;
}
