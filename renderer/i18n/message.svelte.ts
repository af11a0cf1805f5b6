import en from './en.json';
import zh from './zh.json';

export type MessageKey = keyof typeof en;
export type Language = 'en' | 'zh';

/** A language that lacks a sentence shows the English one. */
const messages: Record<Language, Partial<Record<MessageKey, string>>> = { en, zh };

export const languages: readonly { readonly id: Language; readonly name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'zh', name: '中文' },
];

let language = $state<Language>('en');

export const currentLanguage = (): Language => language;

export function setLanguage(next: Language): void {
  language = next;
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
}

/** The sentence of a key in the language chosen, with {names} filled in. */
export function t(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  const text = messages[language][key] ?? en[key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
