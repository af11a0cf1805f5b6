import { expect, type Locator, type Page } from '@playwright/test';
import {
  toVoxel,
  patientPoint,
  toPatient,
  voxelIndex,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';
import type { Launched } from './launch';

export type View = 'axial' | 'coronal' | 'sagittal';

/** A mask on a grid, i fastest. */
export interface MaskOnGrid {
  readonly geometry: VolumeGeometry;
  readonly mask: Uint8Array;
}

const letters = (text: string): number => Number(text.replace('−', '-').replace(/[^-\d.]/g, ''));

/** The window as a person uses it: mouse, keys, and what can be read on the screen. */
export class Workstation {
  readonly page: Page;

  constructor(private readonly launched: Launched) {
    this.page = launched.window;
  }

  get(id: string): Locator {
    return this.page.getByTestId(id);
  }

  /** What the system's choosers answer from now on. */
  willChoose(path: string): void {
    this.launched.inside.willChoose(path);
  }

  async openArchive(folder: string, patients: number): Promise<void> {
    this.willChoose(folder);
    if (await this.get('welcome-open').isVisible()) await this.get('welcome-open').click();
    else await this.get('open-folder').click();
    await expect(this.get('patient')).toHaveCount(patients, { timeout: 180_000 });
  }

  /** Drags a folder from outside onto the middle of the window. */
  async dropFolder(folder: string): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await session.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data });
    await session.detach();
  }

  row(patient: string, modality: string): Locator {
    return this.page
      .locator('section', { has: this.page.getByTestId('patient').filter({ hasText: patient }) })
      .locator(`[data-testid="volume-row"][data-modality="${modality}"]`);
  }

  /** Opens a volume and waits until its axial view shows slices. */
  async openVolume(patient: string, modality: string): Promise<void> {
    const row = this.row(patient, modality);
    await row.scrollIntoViewIfNeeded();
    await row.click();
    await expect(row).toHaveAttribute('aria-current', 'true', { timeout: 60_000 });
    await expect(this.get('slice-axial')).toContainText('/', { timeout: 60_000 });
    await expect(this.get('save-state')).toBeVisible({ timeout: 60_000 });
  }

  /** Slice shown by a view, from 1, and how many there are. */
  async slice(view: View = 'axial'): Promise<{ n: number; of: number }> {
    const text = (await this.get(`slice-${view}`).innerText()).split('\n')[0];
    const [n, of] = text.split('/').map(letters);
    return { n, of };
  }

  async box(view: View): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await this.get(`view-${view}`).boundingBox();
    if (!box) throw new Error(`The ${view} view is not on the screen.`);
    return box;
  }

  /** Patient position under a point of a view, mm, as its corner says; the point must lie on the scan. */
  async positionAt(view: View, x: number, y: number): Promise<readonly [number, number, number]> {
    await this.page.mouse.move(x + 1, y);
    await this.page.mouse.move(x, y);
    const corner = this.get(`value-${view}`);
    await expect(corner).toContainText('mm');
    const line = (await corner.innerText()).split('\n').find((part) => part.includes('mm')) ?? '';
    const [px, py, pz] = line.replace('mm', '').trim().split(/\s+/).map(letters);
    return [px, py, pz];
  }

  /** Where on the screen a position in patient space lies in the axial view, found by looking at two points. */
  async axialPixels(): Promise<(x: number, y: number) => { x: number; y: number }> {
    const box = await this.box('axial');
    const a = { x: Math.round(box.x + box.width * 0.45), y: Math.round(box.y + box.height * 0.45) };
    const b = { x: Math.round(box.x + box.width * 0.6), y: Math.round(box.y + box.height * 0.6) };
    const [ax, ay] = await this.positionAt('axial', a.x, a.y);
    const [bx, by] = await this.positionAt('axial', b.x, b.y);
    return (x, y) => ({
      x: a.x + ((x - ax) / (bx - ax)) * (b.x - a.x),
      y: a.y + ((y - ay) / (by - ay)) * (b.y - a.y),
    });
  }

  /** Position of the axial slice along the patient, mm. */
  async axialPosition(): Promise<number> {
    return letters((await this.get('slice-axial').innerText()).split('\n')[1]);
  }

  /** Scrolls the axial view by the wheel until it shows slice `k` of the grid, whose axes are the patient's. */
  async scrollTo(geometry: VolumeGeometry, k: number): Promise<void> {
    const target = toPatient(geometry, voxelIndex(0, 0, k))[2];
    const box = await this.box('axial');
    await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    for (let tries = 0; tries < 600; tries++) {
      const here = await this.axialPosition();
      if (Math.abs(here - target) < geometry.spacing[2] / 2) return;
      const before = (await this.slice()).n;
      await this.page.mouse.wheel(0, this.wheelSign * 100);
      await expect.poll(async () => (await this.slice()).n).not.toBe(before);
      const there = await this.axialPosition();
      if (Math.abs(there - target) > Math.abs(here - target)) this.wheelSign *= -1;
    }
    throw new Error(`The axial view did not reach ${target} mm.`);
  }
  private wheelSign = 1;

  async useTool(tool: string): Promise<void> {
    await this.get(`tool-${tool}`).click();
  }

  /** @param diameter mm */
  async brushDiameter(diameter: number): Promise<void> {
    await this.get('brush-size').fill(String(Math.round(Math.log(diameter / 2) * 100) / 100));
  }

  async drag(from: { x: number; y: number }, to: { x: number; y: number }, steps = 4): Promise<void> {
    await this.page.mouse.move(from.x, from.y);
    await this.page.mouse.down();
    await this.page.mouse.move(to.x, to.y, { steps });
    await this.page.mouse.up();
  }

  /** Paints slice `k` of a mask with the brush, row by row, as a person would trace it. @returns strokes made */
  async paintSlice(truth: MaskOnGrid, k: number): Promise<number> {
    const { geometry, mask } = truth;
    const [nx, ny] = geometry.size;
    await this.scrollTo(geometry, k);
    const pixels = await this.axialPixels();
    let strokes = 0;
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const on = (at: number): boolean => mask[at + nx * (j + ny * k)] === 1;
        if (!on(i)) continue;
        let end = i;
        while (end + 1 < nx && on(end + 1)) end++;
        const from = toPatient(geometry, voxelIndex(i, j, k));
        const to = toPatient(geometry, voxelIndex(end, j, k));
        await this.drag(pixels(from[0], from[1]), pixels(to[0], to[1]), 3);
        strokes++;
        i = end;
      }
    return strokes;
  }

  async segmentVoxels(): Promise<number> {
    return Number(await this.get('segment').first().getAttribute('data-voxels'));
  }

  async saved(): Promise<void> {
    await expect(this.get('save-state')).toHaveAttribute('data-state', 'saved');
  }

  async selectProfile(name: RegExp): Promise<void> {
    const choose = this.get('profile');
    const option = choose.locator('option').filter({ hasText: name }).first();
    await choose.selectOption((await option.getAttribute('value')) ?? '');
  }

  /** Starts learning or teaching with a number of epochs, and waits for its outcome. */
  async learn(
    button: 'learn' | 'teach',
    epochs: number,
    whileRunning?: () => Promise<void>,
  ): Promise<string> {
    if (!(await this.get('epochs').isVisible())) await this.get('learn-more').click();
    await this.get('epochs').fill(String(epochs));
    await this.get(button).click();
    await expect(this.get('learn-job')).toBeVisible();
    await whileRunning?.();
    const outcome = this.get('learn-outcome');
    await expect(outcome).toBeVisible({ timeout: 8 * 60_000 });
    const text = await outcome.innerText();
    expect(await outcome.getAttribute('data-state'), text).toBe('done');
    return text;
  }
}

/** Slices of a mask with anything on them, ascending. */
export function slicesOf({ geometry, mask }: MaskOnGrid): number[] {
  const n = geometry.size[0] * geometry.size[1];
  return Array.from({ length: geometry.size[2] }, (_, k) => k).filter((k) =>
    mask.subarray(k * n, (k + 1) * n).includes(1),
  );
}

/** Whether a grid's axes are the patient's, so that a row of voxels is a row on the screen. */
export const isAxisAligned = (geometry: VolumeGeometry): boolean => {
  const p = toVoxel(geometry, patientPoint(geometry.origin[0] + 1, geometry.origin[1], geometry.origin[2]));
  return Math.abs(Math.abs(p[0]) - 1 / geometry.spacing[0]) < 1e-6;
};
