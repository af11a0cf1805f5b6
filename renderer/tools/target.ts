import { t } from '../i18n/message.svelte';
import { annotation, type SegmentRow } from '../state/annotation.svelte';
import { proposal } from '../state/proposal.svelte';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import type { ViewId } from '../viewer/viewer';

/** The name of the first segment, where somebody starts to draw before having made one and a model offers none. */
const firstName = 'GTV';

/** The segment that tools change; makes one where there is none. Null, with a hint, where it must not be changed. */
export function editableSegment(): SegmentRow | null {
  if (annotation.geometry === null) {
    toolSettings.say(annotation.failure ?? t('tool.noVolume'));
    return null;
  }
  if (annotation.segments.length === 0) {
    const offered = proposal.offered ? proposal.segments.at(0) : undefined;
    const name = offered?.name ?? firstName;
    annotation.addSegment(
      name,
      t('undo.addSegment', { name }),
      offered ? { generation: 'SEMIAUTOMATIC' } : {},
    );
  }
  const segment = annotation.active;
  if (!segment) {
    toolSettings.say(t('tool.noSegment'));
    return null;
  }
  if (segment.info.locked) {
    toolSettings.say(t('tool.locked', { name: segment.info.name }));
    return null;
  }
  if (!segment.visible) annotation.setVisible(segment.info.id, true);
  annotation.hidden = false;
  return segment;
}

/** Where a change was made, for its name in the history. */
export function placeName(view: ViewId): string {
  const facts = views.facts[view];
  return t('undo.place', { view: t(`view.${view}`), slice: facts ? facts.slice + 1 : 0 });
}

/**
 * The scanned slices that a change made in a view reviews: the one shown where the view shows scanned slices, none
 * where it cuts across them, since no scanned slice has then been judged whole.
 */
export function reviewedBy(view: ViewId): readonly number[] {
  const facts = views.facts[view];
  return facts && facts.axis === 2 ? [facts.slice] : [];
}
