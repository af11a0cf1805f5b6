import type { SegmentId } from '../../preload/api';

export const lineStyles = ['solid', 'dotted', 'dashDot'] as const;
export type LineStyle = (typeof lineStyles)[number];

/** How one segment is drawn; null follows what is set for all. */
export interface SegmentLook {
  /** 0 to 1. */
  readonly fill: number | null;
  /** CSS pixels. */
  readonly width: number | null;
  /** Dashes alone are kept for what is proposed. */
  readonly line: LineStyle;
  /** Opacity of the surface in space, 0 to 1. */
  readonly surface: number;
}

const usual: SegmentLook = { fill: null, width: null, line: 'solid', surface: 1 };
const place = 'looks';
/** Looks of segments not seen for long are forgotten. */
const most = 400;

function read(): [SegmentId, SegmentLook][] {
  try {
    return JSON.parse(localStorage.getItem(place) ?? '[]') as [SegmentId, SegmentLook][];
  } catch {
    // Unreadable looks are no reason not to start.
    return [];
  }
}

/** How segments are drawn, kept on this machine: it says nothing of the structure, so it is no part of the history. */
class LooksStore {
  private own = $state.raw<ReadonlyMap<SegmentId, SegmentLook>>(new Map(read()));

  of(id: SegmentId): SegmentLook {
    return this.own.get(id) ?? usual;
  }

  set(id: SegmentId, change: Partial<SegmentLook>): void {
    const look = { ...this.of(id), ...change };
    const others = [...this.own].filter(([other]) => other !== id);
    this.own = new Map([...others, [id, look] as const].slice(-most));
    localStorage.setItem(place, JSON.stringify([...this.own]));
  }
}

export const looks = new LooksStore();
