import { expect, test } from 'vitest';
import shortcuts from '../../resources/shortcuts.json';
import segmentNames from '../../resources/segment-names.json';
import en from '../../renderer/i18n/en.json';
import zh from '../../renderer/i18n/zh.json';

const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();

test('every sentence is there in Chinese, with the same values to fill in', () => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  for (const [key, text] of Object.entries(zh))
    expect([key, holes(text)]).toEqual([key, holes(en[key as keyof typeof en])]);
});

test('no two commands have one key', () => {
  const keys = Object.values(shortcuts).filter((key) => key !== '');
  expect(keys.length).toBe(new Set(keys).size);
});

test('no two coded names share a name or a code', () => {
  expect(new Set(segmentNames.map((n) => n.name)).size).toBe(segmentNames.length);
  expect(new Set(segmentNames.map((n) => n.code.value)).size).toBe(segmentNames.length);
});
