import { z } from 'zod';
import type { StudioApi } from '../../preload/api';
import type { DomainHandlers } from './gate';
import { nothing, path, volumeId } from './shapes';

/** What the window's archive functions stand on. */
export type ArchiveDomain = Pick<
  StudioApi['archive'],
  | 'open'
  | 'current'
  | 'recent'
  | 'openDemonstration'
  | 'worklist'
  | 'leftOut'
  | 'rescan'
  | 'cancelScan'
  | 'openVolume'
  | 'allowResampling'
>;

export const archiveHandlers = (
  archive: ArchiveDomain,
  chooseFolder: () => Promise<string | null>,
): DomainHandlers<'archive'> => ({
  chooseFolder: { takes: nothing, does: chooseFolder },
  open: { takes: z.tuple([path]), does: (folder) => archive.open(folder) },
  current: { takes: nothing, does: () => archive.current() },
  recent: { takes: nothing, does: () => archive.recent() },
  openDemonstration: { takes: nothing, does: () => archive.openDemonstration() },
  worklist: { takes: nothing, does: () => archive.worklist() },
  leftOut: { takes: nothing, does: () => archive.leftOut() },
  rescan: { takes: nothing, does: () => archive.rescan() },
  cancelScan: { takes: nothing, does: () => archive.cancelScan() },
  openVolume: { takes: z.tuple([volumeId]), does: (id) => archive.openVolume(id) },
  allowResampling: { takes: z.tuple([volumeId]), does: (id) => archive.allowResampling(id) },
});
