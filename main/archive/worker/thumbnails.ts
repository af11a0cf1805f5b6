/** Makes the pictures of volumes that have none yet, one after another. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumePlan } from '../../imaging';
import type { Volume } from '../../imaging/volume';
import { THUMBNAIL, type Database } from '../database';
import { thumbnailOf } from '../thumbnail';
import type { VolumeSource } from '../source';
import type { AtWork } from './at-work';
import { loadVolume } from './load';

/** Marks a volume, not a file, as what is being worked on. */
export const THUMBNAIL_MARK = 'thumbnail ';

/** The plan of the middle slice alone: a volume of one slice. */
function middleSlice(plan: VolumePlan): VolumePlan {
  const frame = plan.frames[Math.floor(plan.frames.length / 2)];
  const geometry = plan.geometry && {
    ...plan.geometry,
    size: [plan.geometry.size[0], plan.geometry.size[1], 1] as const,
    origin: frame.position,
  };
  return { ...plan, frames: [frame], geometry };
}

const pictured = async (root: string, source: VolumeSource): Promise<Volume> =>
  loadVolume(root, source.kind === 'dicom' ? { kind: 'dicom', plan: middleSlice(source.plan) } : source);

/** A picture that cannot be made is marked so, and not tried again until its files change. */
export async function makeThumbnails(
  db: Database,
  root: string,
  folder: string,
  atWork: AtWork,
  { changed, stopped }: { changed: () => void; stopped: () => boolean },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const waiting = db
    .prepare(
      'SELECT id, source FROM volumes JOIN sources USING (id) WHERE thumbnail = ? AND usable = 1 ORDER BY patient_code, description',
    )
    .all(THUMBNAIL.none) as { id: string; source: string }[];
  let told = Date.now();
  for (const { id, source } of waiting) {
    if (stopped()) return;
    atWork.begin(THUMBNAIL_MARK + id);
    let state: number = THUMBNAIL.made;
    try {
      const png = thumbnailOf(await pictured(root, JSON.parse(source) as VolumeSource));
      const draft = join(folder, `${id}.${process.pid}.draft`);
      await writeFile(draft, png);
      await rename(draft, join(folder, `${id}.png`));
    } catch {
      state = THUMBNAIL.impossible;
    }
    db.prepare('UPDATE volumes SET thumbnail = ? WHERE id = ?').run(state, id);
    atWork.end();
    if (Date.now() - told > 1000) {
      told = Date.now();
      changed();
    }
  }
  if (waiting.length > 0) changed();
}
