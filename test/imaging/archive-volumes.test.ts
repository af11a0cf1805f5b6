import { describe, expect, test } from 'vitest';
import { groupIntoVolumes, ImagingError, readDicomVolume, type VolumePlan } from '../../main/imaging';
import { toPatient, voxelIndex } from '../../main/imaging/space/geometry';
import { dataPath, sharedData } from '../data';
import { expectedSeries } from './expected';
import { headersBelow, readBytes, volumesBelow } from './files';

const archive = (...parts: string[]): string => dataPath('archive', ...parts);

/** Single-frame series with a plane of their own: CT, PET and MR as most scanners write them. */
const stacks = expectedSeries.filter(
  ([key, e]) =>
    e.slice_gap_min_max && e.slice_gap_min_max[0] > 0 && !key.includes('mosaic') && !key.includes('tilt'),
);

describe.skipIf(sharedData === null)('ordinary series of the archive', () => {
  test.each(stacks.filter(([, e]) => !e.gantry_tilt_deg))('%s lies where pydicom finds it', async (_, e) => {
    const { volumes } = groupIntoVolumes(
      headersBelow(archive(e.folder)).filter((h) => h.series.uid === e.series_uid),
    );
    expect(volumes.length).toBe(1);
    const [plan] = volumes;
    expect(plan.usable).toBe(true);
    const g = plan.geometry ?? expect.fail('no geometry');
    expect(g.size).toEqual([e.cols, e.rows, e.n_files]);
    expect(g.spacing[0]).toBeCloseTo(e.pixel_spacing?.[1] ?? NaN, 5);
    expect(g.spacing[1]).toBeCloseTo(e.pixel_spacing?.[0] ?? NaN, 5);
    expect(g.spacing[2]).toBeCloseTo(e.slice_gap_min_max?.[0] ?? NaN, 3);
    const near = (p: readonly number[], q: readonly number[] = []): void =>
      p.forEach((v, c) => expect(v).toBeCloseTo(q[c], 3));
    near(g.axes[0], e.orientation?.slice(0, 3));
    near(g.axes[1], e.orientation?.slice(3));
    near(g.origin, e.first_position);
    near(toPatient(g, voxelIndex(0, 0, e.n_files - 1)), e.last_position);

    const { voxels } = await readDicomVolume(plan, readBytes);
    let min = Infinity;
    let max = -Infinity;
    let sum = 0;
    for (const v of voxels) {
      if (v < min) min = v;
      if (v > max) max = v;
      sum += v;
    }
    expect(min).toBeCloseTo(e.rescaled_min ?? NaN, 2);
    expect(max / (e.rescaled_max ?? NaN)).toBeCloseTo(1, 6);
    expect(sum / voxels.length).toBeCloseTo(e.rescaled_mean ?? NaN, 4);
  });

  test('pixels that are not square: Pixel Spacing names the distance between rows first', () => {
    const [plan] = volumesBelow(archive('rt-rt-utils', 'oriented_data')).volumes;
    expect(plan.geometry?.size).toEqual([100, 50, 3]);
    expect(plan.geometry?.spacing.map((v) => v.toFixed(3))).toEqual(['2.500', '3.500', '4.500']);
  });

  test('files in any order give the same plan', () => {
    const headers = headersBelow(archive('dcm_qa_nih-GE-fMRI-mr_0004'));
    const shuffled = [...headers].sort((a, b) =>
      a.sopInstanceUid.slice(-4).localeCompare(b.sopInstanceUid.slice(-4)),
    );
    expect(groupIntoVolumes(shuffled)).toEqual(groupIntoVolumes(headers));
  });

  test('frames of a plan follow the normal', () => {
    for (const plan of volumesBelow(archive('sts')).volumes) {
      const g = plan.geometry ?? expect.fail('no geometry');
      plan.frames.forEach(({ position }, k) => {
        const p = toPatient(g, voxelIndex(0, 0, k));
        expect(Math.hypot(p[0] - position[0], p[1] - position[1], p[2] - position[2])).toBeLessThan(0.02);
      });
    }
  });
});

describe.skipIf(sharedData === null)('several volumes in one series', () => {
  const sizes = (plans: readonly VolumePlan[]): string[] =>
    plans.map((p) => p.geometry?.size.join('×') ?? 'none');

  test('150 slices of 15 places are ten time points', () => {
    const { volumes, leftOut } = volumesBelow(archive('dcm_qa_nih-GE-fMRI-mr_0004'));
    expect(sizes(volumes)).toEqual(Array(10).fill('64×64×15'));
    expect(volumes.map((v) => v.description.split(' · ').pop())).toEqual(
      Array.from({ length: 10 }, (_, n) => `time ${n + 1}`),
    );
    expect(leftOut).toEqual([]);
    expect(new Set(volumes.map((v) => v.key)).size).toBe(10);
  });

  test('mosaics and grids are cut into slices', () => {
    expect(sizes(volumesBelow(archive('dcm_qa-Siemens-axasc35')).volumes)).toEqual(Array(2).fill('64×64×35'));
    expect(sizes(volumesBelow(archive('dcm_qa-Siemens-sagasc35')).volumes)).toEqual(
      Array(2).fill('64×64×35'),
    );
    expect(sizes(volumesBelow(archive('dcm_qa_nih-Siemens-mosaic-mr_0003')).volumes)).toEqual(
      Array(2).fill('72×72×5'),
    );
    expect(sizes(volumesBelow(archive('dcm_qa_uih-UIH-DTI')).volumes)).toEqual(Array(17).fill('64×64×20'));
  });

  test('frames of an enhanced file are divided by what they show and when', () => {
    const philips = volumesBelow(archive('dcm_qa_enh-Philips-enhanced-fieldmap')).volumes;
    expect(philips.map((v) => v.description)).toEqual(['B0 NS · magnitude', 'B0 NS · real']);
    expect(sizes(volumesBelow(archive('dcm_qa_enh-Siemens-XA10-enhanced')).volumes)).toEqual(
      Array(4).fill('64×64×6'),
    );
  });
});

describe.skipIf(sharedData === null)('what cannot be stacked', () => {
  const folder = 'dcm_qa_ct-GE-tilt-variable-spacing';

  test('a tilted gantry with uneven gaps is refused, and says why', async () => {
    const { volumes } = volumesBelow(archive(folder));
    expect(volumes.length).toBe(1);
    const [plan] = volumes;
    expect(plan.usable).toBe(false);
    expect(plan.geometry).toBeNull();
    expect(plan.warnings.join(' ')).toMatch(/tilted by 18\.5°.*vary from 1\.08 to 7\.00 mm/);
    await expect(readDicomVolume(plan, readBytes)).rejects.toHaveProperty('code', 'irregular');
  });

  test('on demand it is resampled: anatomy stays at its place in the patient', async () => {
    const [plan] = volumesBelow(archive(folder)).volumes;
    const volume = await readDicomVolume(plan, readBytes, { resampleIrregular: true });
    const { geometry: g, voxels } = volume;
    expect(volume.remarks.join(' ')).toMatch(/resampled to a regular grid/);
    // Where a slice coincides with a plane of the grid, its voxels must appear where the file puts them.
    const first = await readDicomVolume(
      { ...plan, frames: [plan.frames[0]], geometry: { ...g, size: [512, 512, 1] } },
      readBytes,
    );
    const [i0, j0] = [0, 1].map((axis) => {
      const d = plan.frames[0].position.map((c, n) => c - g.origin[n]);
      const a = g.axes[axis];
      return (d[0] * a[0] + d[1] * a[1] + d[2] * a[2]) / g.spacing[axis];
    });
    let worst = 0;
    for (let j = 0; j < 511; j += 7)
      for (let i = 0; i < 511; i += 7) {
        const at = [Math.round(i + i0), Math.round(j + j0)];
        const value = voxels[at[0] + g.size[0] * at[1]];
        // Between the four voxels round it, since the shift is no whole number of voxels.
        const near = [0, 1].flatMap((b) =>
          [-1, 0, 1].map(
            (a) => first.voxels[Math.max(0, i + a) + 512 * Math.max(0, j + b - (j0 % 1 > 0.5 ? 1 : 0))],
          ),
        );
        worst = Math.max(worst, Math.min(...near) - value, value - Math.max(...near));
      }
    expect(worst).toBeLessThanOrEqual(1);
  });

  test('the even part of a tilted series is still tilted', () => {
    const { volumes } = volumesBelow(
      archive('transfer-syntaxes/transcoded/GE-head-CT-6-slices/JPEG-LS-lossless'),
    );
    expect(volumes.map((v) => v.usable)).toEqual([false]);
    expect(volumes[0].warnings.join(' ')).toMatch(/^The gantry was tilted by 18\.5°: [^.]*\. The volume/);
  });

  test('a missing slice is named', () => {
    const headers = headersBelow(archive('sts/STS_025/CT'));
    const without = headers.filter((_, n) => n !== 20);
    const [plan] = groupIntoVolumes(without).volumes;
    expect(plan.usable).toBe(false);
    expect(plan.warnings[0]).toMatch(/^One slice is missing between \d+\.\d mm and \d+\.\d mm\./);
    expect(plan.irregular?.regular.size[2]).toBe(headers.length);
  });

  test('copies are listed, not stacked', () => {
    const headers = headersBelow(archive('sts/STS_025/CT'));
    const twice = [...headers, ...headers.map((h) => ({ ...h, path: `${h.path}.copy` }))];
    const { volumes, leftOut } = groupIntoVolumes(twice);
    expect(volumes).toEqual(groupIntoVolumes(headers).volumes);
    expect(leftOut.length).toBe(headers.length);
    expect(leftOut[0].reason).toMatch(/same SOP Instance UID/);
  });

  test('slices at one place that nothing tells apart are refused', () => {
    const headers = headersBelow(archive('sts/STS_025/CT'));
    const other = headers
      .slice(0, 5)
      .map((h) => ({ ...h, path: `${h.path}.other`, sopInstanceUid: `${h.sopInstanceUid}.1` }));
    const { volumes, leftOut } = groupIntoVolumes([...headers, ...other]);
    expect(volumes).toEqual([]);
    expect(leftOut.length).toBe(headers.length + 5);
    expect(leftOut[0].reason).toMatch(/lie at the same place/);
  });

  test('everything else of the archive is left out with its reason', () => {
    const reasons = new Map(
      [
        'rt-dicompyler-core',
        'transfer-syntaxes/pydicom-data',
        'transfer-syntaxes/cornerstone-testImages',
        'seg-dcmqi',
      ]
        .flatMap((f) => volumesBelow(archive(f)).leftOut)
        .map((l) => [l.path.split('/').pop(), l.code]),
    );
    expect(reasons.get('rtss.dcm')).toBe('not-an-image');
    expect(reasons.get('rtplan.dcm')).toBe('not-an-image');
    expect(reasons.get('liver.dcm')).toBe('not-an-image');
    expect(reasons.get('emri_small.dcm')).toBe('no-geometry');
    expect(reasons.get('emri_small_jpeg_2k_lossless_too_short.dcm')).toBe('no-geometry');
    expect(reasons.get('no-pixel-spacing.dcm')).toBe('unsupported');
    expect(reasons.get('CTImage.dcm_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm')).toBe(
      'unsupported',
    );
  });

  test('a file that changed since it was indexed is refused', async () => {
    const [plan] = volumesBelow(archive('sts/STS_025/PET')).volumes;
    const [a, b] = plan.frames;
    const swapped = async (path: string) => readBytes(path === a.path ? b.path : path);
    await expect(readDicomVolume(plan, swapped)).rejects.toHaveProperty('code', 'changed');
    const cut = async (path: string) => (await readBytes(path)).subarray(0, 3000);
    await expect(readDicomVolume(plan, cut)).rejects.toThrow(ImagingError);
  });
});
