import { getRenderingEngine, type VolumeViewport } from '@cornerstonejs/core';

interface Drawer {
  isDeleted(): boolean;
}

/** What vtk.js keeps of one graphics context, by what it was made of: transfer functions, outlines. */
type Kept = ReadonlyMap<object, { readonly users: ReadonlySet<Drawer> }>;

/** A graphics context as it is; its types leave this out. */
interface GraphicsContext {
  getReferenceByName(name: '_graphicsResources'): Kept;
  unregisterGraphicsResourceUser(made: object, user: Drawer): void;
}

/**
 * To be called after each picture of a viewport. Cornerstone's drawer of a volume counts for itself which textures of
 * transfer functions and outlines it uses, and when it is deleted, vtk.js asks another count, which is empty: textures,
 * functions and drawer would stay for every volume that was ever shown. This gives back what only deleted drawers use.
 */
export function releaseUnused(viewport: VolumeViewport): void {
  const context = getRenderingEngine(viewport.renderingEngineId)
    ?.getOffscreenMultiRenderWindow(viewport.id)
    .getOpenGLRenderWindow() as GraphicsContext | undefined;
  if (!context) return;
  for (const [made, { users }] of context.getReferenceByName('_graphicsResources'))
    for (const user of users) if (user.isDeleted()) context.unregisterGraphicsResourceUser(made, user);
}
