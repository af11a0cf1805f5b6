import type { AddedLanguage } from '../../preload/api';
import en from './en.json';
import chineseSentences from './sentences-zh.json';
import zh from './zh.json';

export type MessageKey = keyof typeof en;
/** A language tag: one that comes with the application, or one that the site added by a file. */
export type Language = string;

type Messages = Partial<Record<MessageKey, string>>;

/** English sentences of the main process, with numbered holes, in a language. */
export type Sentences = Readonly<Record<string, string>>;

interface Known {
  readonly id: Language;
  readonly name: string;
  readonly messages: Messages;
  /** Null for English, which is what main speaks. */
  readonly sentences: Sentences | null;
}

/** The values that a sentence is filled in with. */
const holes = (text: string): string =>
  [...text.matchAll(/\{\w+\}/g)]
    .map(([hole]) => hole)
    .sort()
    .join();

/** Sentences that lack a value or ask for another one would mislead; the English ones stand in for them. */
const usable = (messages: Readonly<Record<string, string>>): Messages =>
  Object.fromEntries(
    Object.entries(messages).filter(
      ([key, text]) => text !== '' && key in en && holes(text) === holes(en[key as MessageKey]),
    ),
  );

let added = $state.raw<readonly Known[]>([]);
let language = $state<Language>('en');

const own: readonly Known[] = [
  { id: 'en', name: en['language.name'], messages: en, sentences: null },
  { id: 'zh', name: zh['language.name'], messages: zh, sentences: chineseSentences },
];

/** All languages that can be chosen; a file of the site replaces one of ours. */
export const languages = (): readonly { readonly id: Language; readonly name: string }[] => [
  ...own.filter(({ id }) => !added.some((one) => one.id === id)),
  ...added,
];

const chosen = $derived([...added, ...own].find(({ id }) => id === language) ?? own[0]);

export const currentLanguage = (): Language => chosen.id;

/** All that can be translated, in English; the sentences of the main process stand for themselves. */
export const englishMessages: Readonly<Record<string, string>> = {
  ...en,
  ...Object.fromEntries(Object.keys(chineseSentences).map((sentence) => [sentence, sentence])),
};

/** The sentences of the main process in the language chosen; null where they stay as they are. */
export const sentencesOf = (): Sentences | null => chosen.sentences;

/** Names of steps in English, with numbered holes, in the language chosen; null where that is English. */
export const stepsOf = (): Sentences | null => steps;

const steps = $derived(chosen.sentences === null ? null : stepNames(chosen.messages));

function stepNames(messages: Messages): Sentences {
  const names = Object.entries(en).filter(
    ([key]) => /^undo\./.test(key) && key !== 'undo.place' && key in messages,
  );
  const numbered = (english: string, text: string): string => {
    const values = [...english.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => `{${values.indexOf(name) + 1}}`);
  };
  const views = (['view.axial', 'view.coronal', 'view.sagittal'] as const).map((key) => [
    en['undo.place'].replace('{view}', en[key]).replace('{slice}', '{1}'),
    (messages['undo.place'] ?? en['undo.place'])
      .replace('{view}', messages[key] ?? en[key])
      .replace('{slice}', '{1}'),
  ]);
  return Object.fromEntries([
    // Where two steps have one name, the first says what both mean.
    ...names
      .reverse()
      .map(([key, english]) => [
        numbered(english, english),
        numbered(english, messages[key as MessageKey] ?? english),
      ]),
    ...views,
  ]) as Sentences;
}

export function addLanguages(found: readonly AddedLanguage[]): void {
  added = found
    .filter(({ id }) => Intl.DateTimeFormat.supportedLocalesOf([id]).length > 0)
    .map(({ id, name, messages }) => ({
      id,
      name,
      messages: usable(messages),
      sentences: Object.fromEntries(
        Object.entries(messages).filter(
          ([english, text]) => english in chineseSentences && text !== '' && holes(text) === holes(english),
        ),
      ),
    }));
}

export function setLanguage(next: Language): void {
  language = next;
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : next;
}

/** The sentence of a key in the language chosen, with {names} filled in; English where the language lacks it. */
export function t(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  const text = chosen.messages[key] ?? en[key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
