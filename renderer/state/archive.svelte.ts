import { said } from '../i18n/said.svelte';
import type {
  ArchiveSummary,
  CaseState,
  FormerContours,
  LeftOut,
  ScanProgress,
  VolumeId,
  WorklistPatient,
  WorklistVolume,
} from '../../preload/api';
import { sentenceOf } from './failure';
import { findsAll } from './search';

export const caseStates: readonly CaseState[] = ['new', 'proposed', 'in-work', 'accepted'];

/** The archive that is open, its worklist, and what the person filters it by. */
class ArchiveStore {
  summary = $state.raw<ArchiveSummary | null>(null);
  patients = $state.raw<readonly WorklistPatient[]>([]);
  leftOut = $state.raw<readonly LeftOut[]>([]);
  recent = $state.raw<readonly string[]>([]);
  progress = $state.raw<ScanProgress | null>(null);
  /** Contours that were drawn on these scans when they lay elsewhere; the person is asked. */
  former = $state.raw<FormerContours | null>(null);
  failure = $state<string | null>(null);
  busy = $state(false);
  /** False until the first answer of main, so that nothing flashes. */
  asked = $state(false);
  search = $state('');
  modality = $state<string | null>(null);
  state = $state<CaseState | null>(null);

  readonly modalities = $derived([
    ...new Set(this.patients.flatMap((p) => p.studies.flatMap((s) => s.volumes.map((v) => v.modality)))),
  ]);
  readonly scanning = $derived(
    this.progress !== null && this.progress.phase !== 'done' && this.progress.phase !== 'failed',
  );
  readonly visible = $derived(this.filtered());

  private readonly left = new Set<string>();
  private readonly leavings = new Set<() => void>();

  /** Tells when the archive that is open is another one than before. */
  onOther(listener: () => void): void {
    this.leavings.add(listener);
  }

  async start(): Promise<void> {
    window.studio.archive.onProgress((progress) => {
      this.progress = progress;
      if (progress.phase === 'failed')
        this.failure = progress.message === undefined ? null : said(progress.message);
      if (progress.phase === 'done') void this.refresh();
    });
    window.studio.archive.onWorklistChanged(() => void this.refresh());
    await this.attempt(async () => {
      this.recent = await window.studio.archive.recent();
      this.summary = await window.studio.archive.current();
      if (this.summary) await this.refresh();
    });
    this.asked = true;
  }

  async choose(): Promise<void> {
    const folder = await window.studio.archive.chooseFolder();
    if (folder !== null) await this.open(folder);
  }

  open(folder: string): Promise<void> {
    return this.attempt(async () => {
      this.progress = null;
      this.show(await window.studio.archive.open(folder));
      this.recent = await window.studio.archive.recent();
      await this.refresh();
    });
  }

  openDemonstration(): Promise<void> {
    return this.attempt(async () => {
      this.progress = null;
      this.show(await window.studio.archive.openDemonstration());
      await this.refresh();
    });
  }

  rescan(): Promise<void> {
    return this.attempt(() => window.studio.archive.rescan());
  }

  cancelScan(): Promise<void> {
    return this.attempt(() => window.studio.archive.cancelScan());
  }

  async refresh(): Promise<void> {
    const [patients, leftOut, summary] = await Promise.all([
      window.studio.archive.worklist(),
      window.studio.archive.leftOut(),
      window.studio.archive.current(),
    ]);
    if (summary) this.show(summary);
    this.patients = patients;
    this.leftOut = leftOut;
    const former = this.scanning ? null : await window.studio.annotation.former().catch(() => null);
    this.former = former !== null && this.left.has(former.archiveId) ? null : former;
  }

  takeOverFormer(): Promise<void> {
    const { former } = this;
    return this.attempt(async () => {
      if (former) await window.studio.annotation.takeOverFormer(former.archiveId);
      await this.refresh();
    });
  }

  /** Not now: asked again when the application is started again. */
  leaveFormer(): void {
    if (this.former) this.left.add(this.former.archiveId);
    this.former = null;
  }

  volume(id: VolumeId | null): WorklistVolume | null {
    if (id === null) return null;
    for (const patient of this.patients)
      for (const study of patient.studies) {
        const found = study.volumes.find((v) => v.id === id);
        if (found) return found;
      }
    return null;
  }

  /** The patient and the other volumes that a volume may be read together with. */
  companions(id: VolumeId): readonly WorklistVolume[] {
    const patient = this.patients.find((p) => p.studies.some((s) => s.volumes.some((v) => v.id === id)));
    return (patient?.studies ?? []).flatMap((s) => s.volumes).filter((v) => v.id !== id && v.usable);
  }

  /** Nothing of an archive that was left stays to be clicked at. */
  private show(summary: ArchiveSummary): void {
    const another = this.summary !== null && this.summary.folder !== summary.folder;
    this.summary = summary;
    if (!another) return;
    this.patients = [];
    this.leftOut = [];
    this.former = null;
    for (const listener of this.leavings) listener();
  }

  private filtered(): readonly WorklistPatient[] {
    return this.patients
      .map((patient) => ({
        ...patient,
        studies: patient.studies
          .map((study) => ({
            ...study,
            volumes: study.volumes.filter((v) => {
              return (
                (this.modality === null || v.modality === this.modality) &&
                (this.state === null || v.state === this.state) &&
                findsAll(
                  this.search,
                  patient.code,
                  `${study.date ?? ''} ${study.description} ${v.modality} ${v.description}`,
                )
              );
            }),
          }))
          .filter((study) => study.volumes.length > 0),
      }))
      .filter((patient) => patient.studies.length > 0);
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    this.failure = null;
    this.busy = true;
    try {
      await act();
    } catch (failure) {
      this.failure = sentenceOf(failure);
    } finally {
      this.busy = false;
    }
  }
}

export const archive = new ArchiveStore();
