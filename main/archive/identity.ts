/** Names that stay the same for the same thing, and tell nothing about it. */
import { createHash } from 'node:crypto';
import type { VolumeId } from '../../preload/api';

const hash = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);

/** The archive in a folder; `folder` is its real path. */
export const archiveIdOf = (folder: string): string => hash(`archive\0${folder}`);

/** A volume: the key of its plan for DICOM, its path below the archive and index within the file otherwise. */
export const volumeIdOf = (key: string): VolumeId => hash(`volume\0${key}`) as VolumeId;

/** What a volume was made of: changes with any file's size or time. */
export const signatureOf = (files: readonly { path: string; size: number; modified: number }[]): string =>
  hash(files.map((f) => `${f.path}\0${f.size}\0${f.modified}`).join('\n'));
