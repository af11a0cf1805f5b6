import { cutForFollowing, type FollowInput } from '../../main/imaging/mask/follow';
import { forEachRow } from '../../main/imaging/mask/block';
import { annotation } from './annotation.svelte';
import { preferences } from './preferences.svelte';
import { proposal, type ProposedSegment } from './proposal.svelte';

/** Corrections are followed this long after the last change, ms: not each dab of a stroke. */
const patience = 250;

/** Has the slices worked on by a worker. */
function inWorker(input: FollowInput): Promise<Uint8Array> {
  const worker = new Worker(new URL('../tools/follow-worker.ts', import.meta.url), { type: 'module' });
  const answer = new Promise<Uint8Array>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Uint8Array>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  worker.postMessage(input);
  return answer.finally(() => worker.terminate());
}

/**
 * What a model proposes follows what a person corrects: the slices that nobody has judged are offered as
 * `followCorrections` makes them. Nothing of it enters a segment.
 */
class FollowingStore {
  /** Judged slices that what is offered follows; 0 where it is as the model gave it. */
  slices = $state(0);
  private latest = 0;
  private waiting: number | null = null;
  private work: Promise<void> = Promise.resolve();

  start(): void {
    $effect.root(() => {
      $effect(() => {
        void [
          proposal.revision,
          annotation.reviewed,
          annotation.segments,
          preferences.kept.followCorrections,
        ];
        this.waiting = setTimeout(() => this.begin(), patience) as unknown as number;
        return () => this.stop();
      });
    });
  }

  /** Ends once what is offered follows all that was corrected. */
  async settled(): Promise<void> {
    if (this.waiting !== null) this.begin();
    await this.work;
  }

  private stop(): void {
    clearTimeout(this.waiting ?? 0);
    this.waiting = null;
  }

  private begin(): void {
    this.stop();
    this.work = this.follow().catch(() => undefined);
  }

  private async follow(): Promise<void> {
    const mine = ++this.latest;
    const { current } = proposal;
    let follows = 0;
    for (const segment of proposal.segments) {
      const other = await this.followed(segment);
      // Something else was proposed, opened or corrected meanwhile.
      if (mine !== this.latest || proposal.current !== current) return;
      proposal.offer(segment.name, other);
      if (other) follows = annotation.reviewed.size;
    }
    this.slices = follows;
  }

  /** Null where there is nothing to follow: no slice was judged, or nobody draws a segment of this name. */
  private async followed({
    name,
    suggested,
    box,
  }: ProposedSegment): Promise<{ mask: Uint8Array; voxels: number } | null> {
    const { geometry, reviewed } = annotation;
    const row = annotation.segments.find((s) => s.info.name === name);
    if (!preferences.kept.followCorrections || !geometry || !row || reviewed.size === 0) return null;
    // Where all slices are judged, nothing is left to be offered.
    if (reviewed.size === geometry.size[2]) return null;
    const drawn = annotation.masks.of(row.info.id);
    const cut = cutForFollowing({ geometry, proposed: suggested, drawn, judged: [...reviewed] }, box);
    if (!cut) return null;
    const part = await inWorker(cut.input);
    const mask = new Uint8Array(suggested.length);
    forEachRow(geometry.size, cut.block, (start, at, length) =>
      mask.set(part.subarray(at, at + length), start),
    );
    return { mask, voxels: part.reduce((sum, x) => sum + x, 0) };
  }
}

export const following = new FollowingStore();
