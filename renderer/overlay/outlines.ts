import { sectionOfMask, type Outline, type SectionPlane } from '../../main/imaging/mask/section';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import { moved, type Camera } from '../viewer/camera';
import { sliceAt } from '../viewer/planes';
import type { SliceStack, ViewId } from '../viewer/viewer';

interface Kept {
  readonly key: string;
  readonly outlines: readonly Outline[];
}

/** The part of a view's plane that is seen, sampled as finely as it is drawn or as the voxels are. */
export function seenPlane(camera: Camera, geometry: VolumeGeometry): SectionPlane {
  const step = Math.max(camera.mmPerPixel, Math.min(...geometry.spacing) / 2);
  const width = Math.max(1, Math.ceil((camera.width * camera.mmPerPixel) / step));
  const height = Math.max(1, Math.ceil((camera.height * camera.mmPerPixel) / step));
  return {
    origin: moved(camera.centre, camera.basis, (-width * step) / 2, (-height * step) / 2, 0),
    u: camera.basis.right,
    v: camera.basis.down,
    size: [width, height],
    spacing: [step, step],
  };
}

/** Outlines of masks on the views' planes, worked out once for each mask, revision and plane. */
export class OutlineCache {
  private readonly kept = new Map<string, Kept>();

  /** @param revision changes whenever the mask does. */
  of(
    id: string,
    revision: number | string,
    mask: Uint8Array,
    geometry: VolumeGeometry,
    view: ViewId,
    camera: Camera,
    stack: SliceStack,
  ): readonly Outline[] {
    // Along the scan's axes a slice has one outline whatever the zoom; across them it depends on what is seen.
    const where =
      stack.axis === null
        ? `${camera.centre.join()}|${camera.mmPerPixel}|${camera.width}x${camera.height}`
        : `${stack.axis}:${sliceAt(stack, camera.basis, camera.centre)}`;
    const key = `${revision}|${where}`;
    const slot = `${view}/${id}`;
    const found = this.kept.get(slot);
    if (found?.key === key) return found.outlines;
    const outlines = sectionOfMask(mask, geometry, seenPlane(camera, geometry));
    this.kept.set(slot, { key, outlines });
    return outlines;
  }

  clear(): void {
    this.kept.clear();
  }
}
