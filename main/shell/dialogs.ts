/** The system's choosers. Paths that the window did not get from here or from a drop are checked where they are used. */
import { writeFile } from 'node:fs/promises';
import { dialog, shell, type BrowserWindow } from 'electron';

const modelFiles = { name: 'AMLP Studio model', extensions: ['amlp'] };

export function dialogsOf(window: BrowserWindow) {
  const first = (chosen: { canceled: boolean; filePaths: string[] }): string | null =>
    chosen.canceled ? null : (chosen.filePaths[0] ?? null);
  return {
    chooseArchive: async () =>
      first(
        await dialog.showOpenDialog(window, {
          title: 'Open a folder of scans',
          properties: ['openDirectory'],
        }),
      ),
    chooseExportFolder: async () =>
      first(
        await dialog.showOpenDialog(window, {
          title: 'Export to folder',
          properties: ['openDirectory', 'createDirectory'],
        }),
      ),
    chooseImportFile: async () =>
      first(
        await dialog.showOpenDialog(window, {
          title: 'Import contours (RT-STRUCT, DICOM SEG, NIfTI)',
          properties: ['openFile'],
        }),
      ),
    saveTable: async (name: string, csv: string) => {
      const { canceled, filePath } = await dialog.showSaveDialog(window, {
        title: 'Save the table',
        defaultPath: name,
        filters: [{ name: 'CSV', extensions: ['csv'] }],
      });
      if (canceled) return null;
      // The mark tells spreadsheets that the file is UTF-8.
      await writeFile(filePath, `\uFEFF${csv}`, 'utf8');
      return filePath;
    },
    chooseModelPlace: async (name: string) => {
      const { canceled, filePath } = await dialog.showSaveDialog(window, {
        title: 'Export a model',
        defaultPath: name,
        filters: [modelFiles],
      });
      return canceled ? null : filePath;
    },
    chooseModelFile: async () =>
      first(
        await dialog.showOpenDialog(window, {
          title: 'Import a model',
          properties: ['openFile'],
          filters: [modelFiles],
        }),
      ),
    showInFolder: (file: string) => shell.showItemInFolder(file),
  };
}
