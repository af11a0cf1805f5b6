import type { ViewId } from '../viewer/viewer';
import { preferences } from './preferences.svelte';
import { views } from './views.svelte';

/** What may fill a part of the stage: a view, the surfaces in space, or the second scan beside the first. */
export type PaneId = ViewId | 'surface' | 'second';

/** Which panes are shown. Kept between sessions, as is the pane that fills the stage alone. */
class LayoutStore {
  /** The pane that was used last. */
  focused = $state<PaneId>('axial');

  readonly panes = $derived.by((): readonly PaneId[] => {
    const { alone, layout } = preferences.kept;
    if (alone !== null) return [alone];
    if (layout === 'one') return [views.active];
    if (layout === 'pair') return [views.active, 'second'];
    if (layout === 'four') return ['axial', 'surface', 'coronal', 'sagittal'];
    return ['axial', 'coronal', 'sagittal'];
  });

  get alone(): PaneId | null {
    return preferences.kept.alone;
  }

  /** Shows a pane alone, or all of the layout again. */
  toggleAlone(pane: PaneId): void {
    if (pane === 'second') return;
    preferences.kept.alone = preferences.kept.alone === null ? pane : null;
  }

  choose(layout: typeof preferences.kept.layout): void {
    preferences.kept.alone = null;
    preferences.kept.layout = layout;
  }
}

export const layout = new LayoutStore();
