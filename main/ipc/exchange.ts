import { z } from 'zod';
import type { StudioApi } from '../../preload/api';
import type { DomainHandlers } from './gate';
import { nothing, path, segmentId, volumeId } from './shapes';

export type ExchangeDomain = Pick<
  StudioApi['exchange'],
  'export' | 'plan' | 'write' | 'discardPlan' | 'import' | 'importable'
>;

export interface ExchangeDialogs {
  chooseExportFolder(): Promise<string | null>;
  chooseImportFile(): Promise<string | null>;
  /** Asks where to, writes the text there, and tells the file. */
  saveTable(name: string, csv: string): Promise<string | null>;
  showInFolder(file: string): void;
}

const request = {
  volumeId,
  formats: z.array(z.enum(['rtstruct', 'seg', 'nifti'])).min(1),
  segmentIds: z.array(segmentId).max(1000),
  choices: z
    .strictObject({
      contours: z.enum(['sub-voxel', 'voxel-exact']).optional(),
      holes: z.enum(['keyhole', 'inner']).optional(),
      seg: z.enum(['binary', 'labelmap']).optional(),
      // What both an ID and a name of DICOM can hold without change.
      deidentify: z.strictObject({ patientCode: z.string().regex(/^[\w.-]{0,64}$/) }).optional(),
      prefix: z.string().max(100).optional(),
    })
    .optional(),
};

export const exchangeHandlers = (
  exchange: ExchangeDomain,
  dialogs: ExchangeDialogs,
): DomainHandlers<'exchange'> => ({
  export: {
    takes: z.tuple([z.strictObject({ ...request, folder: path })]),
    does: (asked) => exchange.export(asked),
  },
  plan: { takes: z.tuple([z.strictObject(request)]), does: (asked) => exchange.plan(asked) },
  write: {
    takes: z.tuple([z.uuid(), path]),
    does: (plan, folder) => exchange.write(plan, folder),
  },
  discardPlan: { takes: nothing, does: () => exchange.discardPlan() },
  saveTable: {
    takes: z.tuple([z.string().regex(/^[\w.-]{1,100}$/), z.string().max(4_000_000)]),
    does: (name, csv) => dialogs.saveTable(name, csv),
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
