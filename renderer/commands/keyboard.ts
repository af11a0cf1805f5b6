import { dialogs } from '../state/dialogs.svelte';
import { keyOf, keyOfEvent } from './commands.svelte';
import { commands } from './list';

/** Keys that a control under focus needs for itself. */
const ownKeys = new Set(['Enter', ' ', 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown']);

const types = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement
    ? !['checkbox', 'radio', 'button', 'range'].includes(target.type)
    : target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;

/** Whether the views have the keyboard: nothing else that uses keys is focused. */
const viewsHaveFocus = (): boolean => {
  const focused = document.activeElement;
  return focused === null || focused === document.body || focused.closest('[data-keys="views"]') !== null;
};

/** Runs the command of a key. Typing into a field types, unless Ctrl is held. */
export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || dialogs.open !== null) return;
  const key = keyOfEvent(event);
  if (types(event.target) && !event.ctrlKey && !event.metaKey) {
    if (key === 'Escape' && event.target instanceof HTMLElement) event.target.blur();
    return;
  }
  if (ownKeys.has(event.key) && !viewsHaveFocus()) return;
  const found = commands.find((c) => keyOf(c.id) === key);
  if (!found) return;
  event.preventDefault();
  if (found.enabled?.() ?? true) found.run();
}
