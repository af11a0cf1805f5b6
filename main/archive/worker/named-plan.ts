/** The index keeps no names; an export for the clinic needs them, so they are read from the scan once more. */
import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ImagingError, readDicomHeaderFrom, type VolumePlan } from '../../imaging';
import { fileOfArchive } from '../listing';

/**
 * The plan with the patient's name and birth date as the scan's first file has them.
 * @param root real path of the archive
 * @throws ImagingError if that file is gone, unreadable, or another image than when it was indexed
 */
export async function namedPlan(root: string, plan: VolumePlan): Promise<VolumePlan> {
  const frame = plan.frames[0];
  const unreadable = new ImagingError(
    'changed',
    'The files of the scan cannot be read as they were indexed; look through the folder again, then export.',
  );
  const handle = await fileOfArchive(root, frame.path)
    .then((file) => open(file, 'r'))
    .catch(() => {
      throw unreadable;
    });
  try {
    const { size } = await handle.stat();
    const { patient, sopInstanceUid } = await readDicomHeaderFrom({
      size,
      read(start, length) {
        const bytes = Buffer.allocUnsafeSlow(length);
        return bytes.subarray(0, readSync(handle.fd, bytes, 0, length, start));
      },
    });
    if (sopInstanceUid !== frame.sopInstanceUid || patient.id !== plan.patientId) throw unreadable;
    return { ...plan, patientName: patient.name, birthDate: patient.birthDate };
  } finally {
    await handle.close();
  }
}
