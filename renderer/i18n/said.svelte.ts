import { sentencesOf, stepsOf, type Sentences } from './message.svelte';

/** An English sentence of the main process, as what recognises it and what is said instead. */
interface Phrase {
  readonly whole: RegExp;
  /** At the beginning of a text, with more sentences behind it. */
  readonly first: RegExp;
  readonly translated: string;
}

const prepared = new WeakMap<object, readonly Phrase[]>();

/** Sentences with more words of their own first: the others may hold them as a value. */
function phrasesOf(sentences: Readonly<Record<string, string>>): readonly Phrase[] {
  const known = prepared.get(sentences);
  if (known) return known;
  const own = (english: string): number => english.replace(/\{\d\}/g, '').length;
  const made = Object.entries(sentences)
    .sort(([a], [b]) => own(b) - own(a))
    .map(([english, translated]) => {
      const pattern = english
        .split(/\{\d\}/)
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('(.+?)');
      // Reports put a full stop behind a figure that has none.
      const stop = english.endsWith('.') ? '' : '(\\.?)';
      return {
        whole: new RegExp(`^${pattern}${stop}$`, 's'),
        first: new RegExp(`^${pattern}${stop === '' ? '' : '(\\.)'} (?=\\S)`, 's'),
        translated,
      };
    });
  prepared.set(sentences, made);
  return made;
}

/** The place of each hole of an English sentence: they are numbered in its order. */
const filled = (translated: string, values: readonly string[], sentences: Sentences): string =>
  translated.replace(/\{(\d)\}/g, (_, n: string) => translate(values[Number(n) - 1] ?? '', sentences));

function translate(text: string, sentences: Sentences | null): string {
  if (sentences === null || text === '') return text;
  const phrases = phrasesOf(sentences);
  for (const { first, whole, translated } of phrases) {
    const all = whole.exec(text);
    if (all && !/[.!?] [A-Z]/.test(all.slice(1).join('\n')))
      return (
        filled(translated, all.slice(1), sentences) +
        (all[0].endsWith('.') && !/[。.]$/.test(translated) ? '。' : '')
      );
    const start = first.exec(text);
    if (start && !/[.!?] [A-Z]/.test(start.slice(1).join('\n'))) {
      const end = /[。.]$/.test(translated) ? '' : '。';
      return (
        filled(translated, start.slice(1), sentences) +
        end +
        translate(text.slice(start[0].length), sentences)
      );
    }
  }
  // A sentence that nobody has translated: what stands behind it may be known.
  const next = /^.*?[.!?] (?=[A-Z])/s.exec(text);
  return next ? next[0] + translate(text.slice(next[0].length), sentences) : text;
}

/**
 * A text of the main process in the language chosen. Main speaks English, in sentences with values filled in; those that
 * the language knows are put into its words, the others stay as they are.
 */
export const said = (text: string): string => translate(text, sentencesOf());

/** The name of a step of the history in the language chosen; it is kept as it was called when it was made. */
export const stepName = (name: string): string => translate(name, stepsOf());
