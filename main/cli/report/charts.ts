import { markup, raw, type Html } from './html';

export interface Line {
  readonly name: string;
  /** A colour, or a role of the page's colours, e.g. `var(--accent)`. */
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
}

export interface ChartOptions {
  readonly width?: number;
  readonly height?: number;
  readonly xName: string;
  readonly yName: string;
  /** Range of y; absent: that of the values, with zero where that is near. */
  readonly y?: readonly [number, number];
}

const round = (v: number): string => v.toFixed(1);

/** Steps of 1, 2 or 5 times a power of ten, about `count` of them. */
export function ticks(low: number, high: number, count = 4): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.99) ?? rough;
  const found: number[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++)
    found.push(Number((n * step).toPrecision(12)));
  return found;
}

/** A line chart as inline SVG. */
export function lineChart(lines: readonly Line[], options: ChartOptions): Html {
  const { width = 520, height = 220, xName, yName } = options;
  const all = lines.flatMap((line) => line.points);
  if (all.length === 0) return markup``;
  const xs = all.map(([x]) => x);
  const ys = all.map(([, y]) => y);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = options.y ?? [Math.min(0, ...ys), Math.max(...ys)];
  const frame = { left: 44, right: 12, top: 24, bottom: 34 };
  const px = (x: number): number =>
    frame.left + ((x - x0) / (x1 - x0 || 1)) * (width - frame.left - frame.right);
  const py = (y: number): number =>
    height - frame.bottom - ((y - low) / (high - low || 1)) * (height - frame.top - frame.bottom);
  const grid = ticks(low, high).map(
    (y) =>
      markup`<line
          x1="${frame.left}"
          x2="${width - frame.right}"
          y1="${round(py(y))}"
          y2="${round(py(y))}"
          stroke="#2a313b"
        /><text x="${frame.left - 8}" y="${round(py(y) + 4)}" text-anchor="end">${y}</text>`,
  );
  const across = ticks(x0, x1, 6)
    .filter((x) => Number.isInteger(x) || x1 - x0 < 6)
    .map(
      (x) =>
        markup`<text x="${round(px(x))}" y="${height - frame.bottom + 16}" text-anchor="middle">${x}</text>`,
    );
  const drawn = lines.map(
    ({ points, color, dashed }) =>
      markup`<polyline
          fill="none"
          stroke="${color}"
          stroke-width="1.75"
          stroke-linejoin="round"
          ${raw(dashed ? 'stroke-dasharray="5 4"' : '')}
          points="${points.map(([x, y]) => `${round(px(x))},${round(py(y))}`).join(' ')}"
        />${
          points.length === 1
            ? markup`<circle
                cx="${round(px(points[0][0]))}"
                cy="${round(py(points[0][1]))}"
                r="3"
                fill="${color}"
              />`
            : markup``
        }`,
  );
  let at = frame.left;
  const names = lines.map(({ name, color, dashed }) => {
    const entry = markup`<line
        x1="${at}"
        x2="${at + 18}"
        y1="10"
        y2="10"
        stroke="${color}"
        stroke-width="2"
        ${raw(dashed ? 'stroke-dasharray="5 4"' : '')}
      /><text x="${at + 24}" y="14">${name}</text>`;
    at += 40 + name.length * 6.4;
    return entry;
  });
  return markup`<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${yName} by ${xName}">
    ${grid}${across}${drawn}${names}
    <text x="${(frame.left + width - frame.right) / 2}" y="${height - 4}" text-anchor="middle">${xName}</text>
  </svg>`;
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Half the length of the whisker, e.g. the standard deviation. */
  readonly spread?: number;
  readonly color?: string;
}

/** Horizontal bars from 0 to 1 with their values, as inline SVG. */
export function barChart(bars: readonly Bar[], title: string): Html {
  const width = 640;
  const row = 26;
  const left = 200;
  const right = 64;
  const px = (v: number): number => left + Math.max(0, Math.min(1, v)) * (width - left - right);
  const rows = bars.map(({ name, value, spread = 0, color = '#4cc2ff' }, n) => {
    const y = 30 + n * row;
    return markup`<text x="${left - 10}" y="${y + 13}" text-anchor="end" fill="#9aa4b2" font-size="12"
        >${name}</text
      ><rect
        x="${left}"
        y="${y + 2}"
        width="${round(px(value) - left)}"
        height="${row - 12}"
        rx="2"
        fill="${color}"
      />${
        spread > 0
          ? markup`<line
              x1="${round(px(value - spread))}"
              x2="${round(px(value + spread))}"
              y1="${y + 9}"
              y2="${y + 9}"
              stroke="#e6e9ee"
            />`
          : markup``
      }<text x="${width - right + 10}" y="${y + 13}" fill="#e6e9ee" font-size="12"
        >${value.toFixed(3)}</text
      >`;
  });
  return markup`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${width} ${40 + bars.length * row}"
    font-family="system-ui,sans-serif"
    role="img"
    aria-label="${title}"
  >
    <rect width="100%" height="100%" fill="#13161b" />
    <text x="16" y="19" fill="#e6e9ee" font-size="13">${title}</text>
    ${rows}
  </svg>`;
}
