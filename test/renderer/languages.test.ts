import { expect, test } from 'vitest';
import en from '../../renderer/i18n/en.json';
import { addLanguages, currentLanguage, languages, setLanguage, t } from '../../renderer/i18n/message.svelte';

Object.assign(globalThis, { document: { documentElement: { lang: '' } } });

test('what a language of the site lacks or misunderstands stays English', () => {
  setLanguage('de');
  expect([currentLanguage(), t('app.close')]).toEqual(['en', en['app.close']]);
  addLanguages([
    {
      id: 'de',
      name: 'Deutsch',
      messages: { 'app.close': 'Schließen', 'time.left': 'noch {zeit}', 'no.such.key': 'x' },
    },
  ]);
  expect(languages().map(({ id }) => id)).toEqual(['en', 'zh', 'de']);
  expect([currentLanguage(), t('app.close'), t('app.cancel')]).toEqual(['de', 'Schließen', en['app.cancel']]);
  expect(t('time.left', { time: '3 s' })).toBe('3 s left');
  // A site may have other words than ours for one of our own languages.
  addLanguages([{ id: 'zh', name: '中文（本院）', messages: { 'app.close': '关上' } }]);
  setLanguage('zh');
  expect([t('app.close'), languages().length]).toEqual(['关上', 2]);
});
