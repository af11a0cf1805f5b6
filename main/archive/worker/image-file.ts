import { ImagingError } from '../../imaging';
import type { Volume } from '../../imaging/volume';

export async function readImageFile(
  _root: string,
  _path: string,
  _format: 'nifti' | 'nrrd' | 'meta',
): Promise<readonly Volume[]> {
  throw new ImagingError('unsupported', 'This format is not read yet.');
}
