/** A day's work at the window in small: what the long runs repeat. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import {
  demonstrationScans,
  demonstrationTruth,
  writeDemonstrationArchive,
} from '../../main/cli/demo/phantom-archive';
import { readNifti } from '../../main/imaging/nifti/read';
import type { Workstation } from '../e2e/workstation';
import { slicesOf, type MaskOnGrid } from '../e2e/workstation';

export interface Place {
  readonly home: string;
  readonly scans: string;
  readonly codes: readonly string[];
  /** Where exports go. */
  readonly exports: string;
}

/** Generated scans: they may be shown, and every machine has them. */
export async function placeFor(home: string, seed: number, patients: number): Promise<Place> {
  const { patients: made } = await writeDemonstrationArchive(home, { seed, patients });
  const exports = join(home, 'exports');
  mkdirSync(exports, { recursive: true });
  return { home, scans: demonstrationScans(home), codes: made.map(({ code }) => code), exports };
}

export async function truthOf(place: Place, code: string, modality: 'CT' | 'PT' | 'MR'): Promise<MaskOnGrid> {
  const [volume] = (await readNifti(readFileSync(demonstrationTruth(place.home, code, modality)))).volumes;
  return { geometry: volume.geometry, mask: Uint8Array.from(volume.voxels, (v) => (v > 0 ? 1 : 0)) };
}

/** Opens a case and has a segment to draw into. */
export async function openToDraw(studio: Workstation, code: string, modality: string): Promise<void> {
  await studio.openVolume(code, modality);
  if ((await studio.get('segment').count()) === 0) {
    await studio.get('segment-add').click();
    await studio.get('segment-name').fill('GTV');
    await studio.get('segment-add-confirm').click();
    await expect(studio.get('segment')).toHaveCount(1);
  }
  await studio.saved();
}

/** A stroke somewhere in the axial view, with the brush or the eraser. */
export async function stroke(
  studio: Workstation,
  random: () => number,
  tool: 'brush' | 'eraser',
): Promise<void> {
  const box = await studio.box('axial');
  const at = (): { x: number; y: number } => ({
    x: box.x + box.width * (0.4 + 0.2 * random()),
    y: box.y + box.height * (0.4 + 0.2 * random()),
  });
  await studio.useTool(tool);
  await studio.drag(at(), at());
}

/** Paints the widest slice of the tumour, and judges it and one without. */
export async function contour(studio: Workstation, place: Place, code: string): Promise<void> {
  const truth = await truthOf(place, code, 'PT');
  const slices = slicesOf(truth);
  await openToDraw(studio, code, 'PT');
  await studio.useTool('brush');
  await studio.brushDiameter(truth.geometry.spacing[1]);
  await studio.paintSlice(truth, slices[slices.length >> 1]);
  await studio.get('slice-reviewed').check();
  await studio.scrollTo(truth.geometry, 1);
  await studio.get('slice-reviewed').check();
  await studio.saved();
}

export async function undoAndRedo(studio: Workstation, steps: number): Promise<void> {
  for (let n = 0; n < steps; n++) await studio.page.keyboard.press('Control+z');
  for (let n = 0; n < steps; n++) await studio.page.keyboard.press('Control+Shift+z');
  await studio.saved();
}

export async function exportAll(studio: Workstation, folder: string): Promise<void> {
  await studio.get('export').click();
  for (const format of ['rtstruct', 'seg', 'nifti']) {
    const box = studio.get(`export-format-${format}`);
    if (await box.isEnabled()) await box.check();
  }
  studio.willChoose(folder);
  await studio.get('export-folder').click();
  await studio.get('export-write').click();
  await expect(studio.get('export-done')).toBeVisible({ timeout: 120_000 });
  await studio.get('dialog-close').click();
}

/** Lets the model propose, and puts the proposal away. */
export async function proposeAndDiscard(studio: Workstation, code: string): Promise<void> {
  await studio.openVolume(code, 'PT');
  await studio.get('propose').click();
  await expect(studio.get('proposal')).toBeVisible({ timeout: 240_000 });
  await studio.get('discard').click();
  await expect(studio.get('proposal')).toHaveCount(0);
}
