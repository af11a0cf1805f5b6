import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groupIntoVolumes, readDicomHeader, type HeaderOfFile } from '../../main/imaging';

/** Every file below a folder, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .sort();
}

/** Headers of those files of a folder that are DICOM. */
export function headersBelow(folder: string): HeaderOfFile[] {
  return filesBelow(folder).flatMap((path) => {
    try {
      return [{ ...readDicomHeader(readFileSync(path)), path }];
    } catch {
      return [];
    }
  });
}

export const volumesBelow = (folder: string) => groupIntoVolumes(headersBelow(folder));

export const readBytes = (path: string): Promise<Uint8Array> => readFile(path);
