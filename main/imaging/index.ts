/** Reading of scans: from bytes to volumes in patient space. What things mean: SEMANTICS.md. */
export { ImagingError, type ImagingErrorCode } from './error';
export { readDicomHeader, readDicomHeaderFrom, type ByteSource, type DicomHeader } from './dicom/header';
export { readDicomVolume, type ReadVolumeOptions } from './dicom/volume';
export { groupIntoVolumes, type HeaderOfFile } from './grouping/group';
export type { LeftOutFile, PlannedFrame, VolumePlan } from './grouping/plan';
export { readMetaImage, readMetaImageHeader, type MetaImage, type MetaImageHeader } from './metaimage/read';
export { niftiGeometry, readNiftiHeader, type NiftiHeader } from './nifti/header';
export { isStreamable, readNiftiStream } from './nifti/stream';
export { readNifti, type NiftiImage, type ReadNiftiOptions } from './nifti/read';
export { readNrrdHeader, type NrrdHeader } from './nrrd/header';
export { readNrrd, type NrrdImage } from './nrrd/read';
export { resampleMask, resampleVolume, type Interpolation } from './resample/resample';
export type { SuvKind, SuvVerdict } from './suv/suv';
export type { Volume, VoxelArray, VoxelUnit } from './volume';

/** Masks: in and out of files. */
export { exportLabelMap, type ExportedFile, type ExportOptions } from './exchange/export-label-map';
export { importMasks, openMasks } from './exchange/import-masks';
export type { ImportedMasks, ImportOptions, ImportTarget, MaskFile } from './exchange/import-target';
export { sourceSeriesOf, sourceSeriesOfPlan, type SourceSeries } from './dicom/source-series';
export { writeNiftiMask, writeNiftiVolume } from './nifti/write';
