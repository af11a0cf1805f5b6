import { getRenderingEngine, type VolumeViewport } from '@cornerstonejs/core';

/** What vtk.js keeps of one graphics context, as it is; its types leave the users out. */
interface GraphicsResources {
  getGraphicsResourceForObject(made: object): { readonly users: ReadonlySet<Drawer> } | undefined;
  unregisterGraphicsResourceUser(made: object, user: Drawer): void;
}

interface Drawer {
  isDeleted(): boolean;
}

interface Look {
  getScalarOpacity(): object;
  getRGBTransferFunction(): object;
  getLabelOutlineThickness(): object;
}

/** Transfer functions and outlines of which a context has, or had, a texture. */
const madeIn = new WeakMap<GraphicsResources, Set<object>>();

/**
 * To be called after each picture of a viewport. Cornerstone's drawer of a volume counts for itself which textures of
 * transfer functions it uses, and when it is deleted, vtk.js asks another count, which is empty: textures, functions and
 * drawer would stay for every volume that was ever shown. This gives back what only deleted drawers use.
 */
export function releaseUnused(viewport: VolumeViewport): void {
  const context = getRenderingEngine(viewport.renderingEngineId)
    ?.getOffscreenMultiRenderWindow(viewport.id)
    .getOpenGLRenderWindow() as GraphicsResources | undefined;
  if (!context) return;
  const made = madeIn.get(context) ?? new Set();
  madeIn.set(context, made);
  for (const { actor } of viewport.getActors()) {
    const look = (actor as unknown as { getProperty(): Look }).getProperty();
    made.add(look.getScalarOpacity());
    made.add(look.getRGBTransferFunction());
    made.add(look.getLabelOutlineThickness());
  }
  for (const one of made) {
    for (const user of context.getGraphicsResourceForObject(one)?.users ?? [])
      if (user.isDeleted()) context.unregisterGraphicsResourceUser(one, user);
    if (!context.getGraphicsResourceForObject(one)) made.delete(one);
  }
}
