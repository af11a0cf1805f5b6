import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readDicomVolume, readNifti, resampleVolume, type Volume } from '../../main/imaging';
import { toPatient, toVoxel, voxelIndex, type VolumeGeometry } from '../../main/imaging/space/geometry';
import { dataPath, sharedData } from '../data';
import { readBytes, volumesBelow } from './files';

const folders =
  sharedData === null
    ? []
    : readdirSync(dataPath('archive', 'reference-dcm2niix')).filter((f) => f !== 'LICENSE');

/** The largest distance of a corner of `b` from the nearest voxel centre of `a`, mm. */
function offCentre(a: VolumeGeometry, b: VolumeGeometry): number {
  let most = 0;
  for (let corner = 0; corner < 8; corner++) {
    const at = [0, 1, 2].map((axis) => ((corner >> axis) & 1 ? b.size[axis] - 1 : 0));
    const v = toVoxel(a, toPatient(b, voxelIndex(at[0], at[1], at[2])));
    v.forEach((x, axis) => {
      const n = Math.round(x);
      most = Math.max(most, Math.abs(x - n) * a.spacing[axis], n < 0 || n >= a.size[axis] ? Infinity : 0);
    });
  }
  return most;
}

/** Each voxel's share of the way from the lowest to the highest. */
function shares(voxels: Volume['voxels']): Float64Array {
  let min = Infinity;
  let max = -Infinity;
  for (const v of voxels) {
    if (v < min) min = v;
    if (v > max) max = v;
  }
  return Float64Array.from(voxels, (v) => (v - min) / (max - min));
}

describe.skipIf(sharedData === null)('series become what dcm2niix makes of them', () => {
  test.each(folders)('%s', async (folder) => {
    const { volumes: plans } = volumesBelow(dataPath('archive', folder.replace('__', '/')));
    const ours = await Promise.all(plans.map((p) => readDicomVolume(p, readBytes)));
    const reference = dataPath('archive', 'reference-dcm2niix', folder);
    const theirs: Volume[] = [];
    for (const name of readdirSync(reference)
      .filter((n) => n.endsWith('.nii.gz'))
      .sort())
      theirs.push(...(await readNifti(readFileSync(`${reference}/${name}`))).volumes);
    expect(ours.length).toBe(theirs.length);

    theirs.forEach((their, n) => {
      const our = ours[n];
      expect([...our.geometry.size].sort()).toEqual([...their.geometry.size].sort());
      expect(offCentre(our.geometry, their.geometry)).toBeLessThan(0.02);
      // The same voxels in another order: nearest neighbour moves them without mixing.
      const moved = resampleVolume(our, their.geometry, 'nearest', NaN);
      // dcm2niix scales Philips magnitudes by a private factor of the vendor; DICOM's rescale differs by a constant.
      const vendorScale = folder.includes('Philips');
      const [a, b] = vendorScale
        ? [shares(moved.voxels), shares(their.voxels)]
        : [moved.voxels, their.voxels];
      let apart = 0;
      for (let v = 0; v < a.length; v++)
        if (!(Math.abs(a[v] - b[v]) <= 1e-5 * Math.max(vendorScale ? 0.1 : 1, Math.abs(b[v])))) apart++;
      expect(apart, `volume ${n} of ${folder}: ${plans[n].description}`).toBe(0);
    });
  });
});
