import shortcuts from '../../resources/shortcuts.json';
import { t, type MessageKey } from '../i18n/message.svelte';
import { preferences } from '../state/preferences.svelte';

export type CommandId = keyof typeof shortcuts;

/** Something that a person can do by key, palette, menu or button. */
export interface Command {
  readonly id: CommandId;
  readonly label: MessageKey;
  readonly group: MessageKey;
  readonly run: () => void;
  readonly enabled?: () => boolean;
  /** More words under which the palette finds it. */
  readonly detail?: () => string;
}

const standard: Readonly<Record<CommandId, string>> = shortcuts;

/** The key of a command, e.g. "Ctrl+Shift+Z"; empty where it has none. */
export const keyOf = (id: CommandId): string => preferences.kept.keys[id] ?? standard[id];

export const standardKeyOf = (id: CommandId): string => standard[id];

const glyphs: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  Escape: 'Esc',
  ' ': 'Space',
};

/** A key as people write it. */
export const keyText = (key: string): string =>
  key
    .split('+')
    .map((part) => glyphs[part] ?? part)
    .join(' ');

/** What a button's tooltip says: what it does, and its key. */
export function tip(label: MessageKey, id: CommandId): string {
  const key = keyOf(id);
  return key === '' ? t(label) : `${t(label)} (${keyText(key)})`;
}

/** The key that an event stands for, in the form of shortcuts.json. */
export function keyOfEvent(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  // Shift is part of a printed sign such as "?", and named only where it changes a letter or a named key.
  const shift = event.shiftKey && (event.key.length > 1 || /^[A-Z]$/.test(key));
  return [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', shift ? 'Shift' : '', key]
    .filter(Boolean)
    .join('+');
}
