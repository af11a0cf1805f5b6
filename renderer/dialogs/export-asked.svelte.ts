import type { ExportFormat, ExportPlan, ExportRequest, SegmentId } from '../../preload/api';
import { annotation } from '../state/annotation.svelte';
import { sentenceOf } from '../state/failure';
import { volume } from '../state/volume.svelte';

/** What both an ID and a name of DICOM can hold without change. */
const codeForm = /^[\w.-]{0,64}$/;
/** Typing a code makes one plan, not one a letter. */
const pause = 250;

/** What the person asks to be exported, and the files that would come of it. */
export class ExportAsked {
  /** Scans that came as DICOM alone can be referred to by DICOM objects. */
  readonly dicom = (volume.current?.info.frameOfReference ?? null) !== null;
  formats = $state<ExportFormat[]>(this.dicom ? ['rtstruct', 'nifti'] : ['nifti']);
  segments = $state<SegmentId[]>(annotation.segments.filter((s) => s.voxels > 0).map((s) => s.info.id));
  contours = $state<'sub-voxel' | 'voxel-exact'>('sub-voxel');
  holes = $state<'keyhole' | 'inner'>('keyhole');
  seg = $state<'binary' | 'labelmap'>('binary');
  deidentify = $state(false);
  code = $state('');
  prefix = $state('');
  /** The code that the site's secret gives this patient; '' until it was told. */
  siteCode = $state('');
  /** What was asked for last; while `planning` is set, not yet what is asked for now. */
  plan = $state.raw<ExportPlan | null>(null);
  planning = $state(false);
  failure = $state<string | null>(null);

  readonly codeFits = $derived(codeForm.test(this.code));
  private asked = 0;

  /** What would be asked for now; null where nothing can be. */
  private request(): Omit<ExportRequest, 'folder'> | null {
    const volumeId = annotation.volumeId;
    if (volumeId === null || this.formats.length === 0 || this.segments.length === 0 || !this.codeFits)
      return null;
    return {
      volumeId,
      formats: $state.snapshot(this.formats),
      segmentIds: $state.snapshot(this.segments),
      choices: {
        contours: this.contours,
        holes: this.holes,
        seg: this.seg,
        prefix: this.prefix,
        ...(this.deidentify ? { deidentify: { patientCode: this.code } } : {}),
      },
    };
  }

  /** Keeps the plan in step with what is asked; for an effect. @returns what ends it */
  follow(): () => void {
    const request = this.request();
    const turn = ++this.asked;
    if (request === null) this.plan = null;
    this.failure = null;
    this.planning = request !== null;
    const later = setTimeout(() => {
      if (request) void this.make(request, turn);
    }, pause);
    return () => clearTimeout(later);
  }

  private async make(request: Omit<ExportRequest, 'folder'>, turn: number): Promise<void> {
    try {
      await annotation.queue.settled();
      const plan = await window.studio.exchange.plan(request);
      if (turn !== this.asked) return;
      this.plan = plan;
      if (request.choices?.deidentify?.patientCode === '') this.siteCode = plan.patientCode ?? '';
    } catch (refused) {
      if (turn !== this.asked) return;
      this.plan = null;
      this.failure = sentenceOf(refused);
    } finally {
      if (turn === this.asked) this.planning = false;
    }
  }
}
