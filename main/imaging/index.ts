/** Reading of scans: from bytes to volumes in patient space. What things mean: SEMANTICS.md. */
export { ImagingError, type ImagingErrorCode } from './error';
export { readDicomHeader, readDicomHeaderFrom, type ByteSource, type DicomHeader } from './dicom/header';
export { readDicomVolume, type ReadVolumeOptions } from './dicom/volume';
export { groupIntoVolumes, type HeaderOfFile } from './grouping/group';
export type { LeftOutFile, PlannedFrame, VolumePlan } from './grouping/plan';
export { resampleMask, resampleVolume, type Interpolation } from './resample/resample';
export type { SuvKind, SuvVerdict } from './suv/suv';
export type { Volume, VoxelArray, VoxelUnit } from './volume';
