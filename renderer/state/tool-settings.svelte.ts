export const toolIds = [
  'pointer',
  'window',
  'pan',
  'zoom',
  'brush',
  'eraser',
  'threshold-brush',
  'smart-brush',
  'nudge',
  'mend',
  'freehand',
  'polygon',
  'spline',
  'livewire',
  'scissors',
  'ball-threshold',
  'accept-lasso',
] as const;
export type ToolId = (typeof toolIds)[number];

const smallest = 0.5;
const largest = 100;

/** By how much a threshold is raised or lowered at a time: whole HU, tenths of SUV. */
export const thresholdStep = ({ min, max }: { readonly min: number; readonly max: number }): number =>
  max - min < 100 ? 0.1 : 1;

/** The active tool and what the tools are set to. */
class ToolSettings {
  active = $state<ToolId>('pointer');
  /** Radius of brushes, mm. */
  radius = $state(8);
  /** Brushes paint a ball instead of a disc on the slice. */
  ball = $state(false);
  /** What the threshold tools take, in the volume's unit. */
  lower = $state(0);
  upper = $state(0);
  /** Share of the largest value within the ball that the ball threshold takes; 0 uses `lower`. */
  share = $state(0.41);
  /** Scissors cut away what is inside, or what is outside. */
  scissorsKeep = $state<'outside' | 'inside'>('outside');
  /** Scissors cut through the whole volume along the view, or on this slice alone. */
  scissorsDepth = $state<'slice' | 'through'>('slice');
  /** A sentence of the tool to the person, e.g. why nothing was painted. */
  hint = $state<string | null>(null);
  /** Set for a moment when the size changes, so that it can be read. */
  sizing = $state(false);
  /** Rises when a tool's sketch has changed. */
  sketches = $state(0);
  private hintTimer = 0;
  private sizeTimer = 0;

  /**
   * Sets the threshold for a volume just opened: from the middle of what is common in it up to the largest, in figures that
   * a person would write.
   * @param range of the volume, in its unit
   */
  thresholdFor(range: {
    readonly min: number;
    readonly max: number;
    readonly p1: number;
    readonly p99: number;
  }): void {
    const figures = 1 / thresholdStep(range);
    this.lower = Math.round(((range.p1 + range.p99) / 2) * figures) / figures;
    this.upper = Math.ceil(range.max * figures) / figures;
  }

  resize(factor: number): void {
    this.radius = Math.round(Math.min(largest, Math.max(smallest, this.radius * factor)) * 10) / 10;
    this.sizing = true;
    clearTimeout(this.sizeTimer);
    this.sizeTimer = setTimeout(() => (this.sizing = false), 900) as unknown as number;
  }

  say(hint: string, milliseconds = 5000): void {
    this.hint = hint;
    clearTimeout(this.hintTimer);
    this.hintTimer = setTimeout(() => (this.hint = null), milliseconds) as unknown as number;
  }
}

export const toolSettings = new ToolSettings();
