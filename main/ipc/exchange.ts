import { z } from 'zod';
import type { StudioApi } from '../../preload/api';
import type { DomainHandlers } from './gate';
import { nothing, path, segmentId, volumeId } from './shapes';

export type ExchangeDomain = Pick<StudioApi['exchange'], 'export' | 'import' | 'importable'>;

export interface ExchangeDialogs {
  chooseExportFolder(): Promise<string | null>;
  chooseImportFile(): Promise<string | null>;
  showInFolder(file: string): void;
}

export const exchangeHandlers = (
  exchange: ExchangeDomain,
  dialogs: ExchangeDialogs,
): DomainHandlers<'exchange'> => ({
  export: {
    takes: z.tuple([
      z.strictObject({
        volumeId,
        formats: z.array(z.enum(['rtstruct', 'seg', 'nifti'])).min(1),
        segmentIds: z.array(segmentId).max(1000),
        folder: path,
      }),
    ]),
    does: (request) => exchange.export(request),
  },
  chooseExportFolder: { takes: nothing, does: () => dialogs.chooseExportFolder() },
  chooseImportFile: { takes: nothing, does: () => dialogs.chooseImportFile() },
  importable: { takes: z.tuple([volumeId]), does: (id) => exchange.importable(id) },
  import: { takes: z.tuple([volumeId, path]), does: (id, file) => exchange.import(id, file) },
  showInFolder: {
    takes: z.tuple([path]),
    does: async (file) => dialogs.showInFolder(file),
  },
});
