import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { setLanguage } from '../../renderer/i18n/message.svelte';
import { said, stepName } from '../../renderer/i18n/said.svelte';
import chinese from '../../renderer/i18n/sentences-zh.json';

Object.assign(globalThis, { document: { documentElement: { lang: '' } } });

const holes = (text: string): string[] => [...text.matchAll(/\{\d\}/g)].map(([hole]) => hole).sort();

/** The sources of everything that speaks, by their path. */
const sources: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>(['../../main/**/*.ts', '../../models/**/*.ts'], {
      query: '?raw',
      import: 'default',
      eager: true,
    }),
  ).map(([path, text]) => [path.replace('../../', ''), text]),
);

/** Texts of a file's literals, a hole for each value that is filled in. */
function literals(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node))
      found.push(node.head.text + node.templateSpans.map(({ literal }) => `\u0000${literal.text}`).join(''));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, sources[file], ts.ScriptTarget.Latest, true));
  return found;
}
/** Where sentences come from that reach the window. */
const speakers = [
  'main/annotation/case.ts',
  'main/annotation/exchange.ts',
  'main/annotation/service.ts',
  'main/archive/sentences.ts',
  'main/archive/listing.ts',
  'main/archive/service.ts',
  'main/archive/worker/describe.ts',
  'main/imaging/grouping/group.ts',
  'main/imaging/grouping/stack.ts',
  'main/imaging/suv/decay.ts',
  'main/ipc/gate.ts',
  'main/learning/cache/prepare.ts',
  'main/learning/cache/sources.ts',
  'main/learning/engine/supervisor.ts',
  'main/learning/jobs/board.ts',
  'main/learning/jobs/fitting.ts',
  'main/learning/jobs/labels.ts',
  'main/learning/jobs/propose.ts',
  'main/learning/jobs/teach.ts',
  'main/learning/jobs/training.ts',
  'main/learning/preprocess/cut.ts',
  'main/learning/registry/exchange.ts',
  'main/learning/registry/model-folder.ts',
  'main/learning/registry/parcel.ts',
  'main/learning/registry/registry.ts',
  'main/learning/service/learning-service.ts',
  'main/learning/service/next-case.ts',
  'main/learning/service/specs.ts',
  'main/learning/service/trials.ts',
  'main/learning/store/failure.ts',
  'main/learning/volumes/open.ts',
];
/** What is no sentence to a person there: names, and faults of our own. */
const unspoken = [
  'The journal contradicts itself.',
  'The journal holds a record of an unknown kind.',
  'Only the window of AMLP Studio may ask this.',
  'System Volume Information',
  'Image Position (Patient)',
  'Image Orientation (Patient)',
  'Pixel Spacing',
  'Cases cut in different ways cannot be read together.',
  // To the command line alone.
  'Give the mask that was made for this very scan.',
  'Without --suv the stored values are written.',
];

/** Put together of parts, with plurals or values that are phrases; what they become is tested below. */
const composed = [
  'missing',
  'the model is least sure of this one',
  'made by threads of their own',
  'masked first show the lesion',
  'in a way that has no meaning',
  // With a place or an owner, where one is known.
  'The disk is full; what was saved',
  'in another AMLP Studio',
  // With the first reason, where there is one.
  'scans can be used',
];
/** Stay as they are in any language. */
const names =
  /DICOM|NIfTI|NRRD|MetaImage|AMLP Studio|amlp-studio doctor|MONOCHROME1|Modality LUT|Rescale (?:Slope|Intercept)|HU|Decay Correction|Corrected Image|SOP Instance UID|Bq/g;

describe('what the main process says', () => {
  beforeAll(() => setLanguage('zh'));

  test('is said in Chinese with the same values', () => {
    for (const [english, translated] of Object.entries(chinese))
      expect([english, holes(translated)]).toEqual([english, holes(english)]);
  });

  test('is there in Chinese, sentence by sentence, where it comes from', () => {
    const missing = speakers.flatMap((file) =>
      literals(file)
        .filter((text) => /^[A-Z][^\n]* /.test(text) && /[.…]$|^Slice|^Learn|^Teach|^Prepar/.test(text))
        .filter((text) => !unspoken.includes(text) && !composed.some((part) => text.includes(part)))
        .filter((text) => /[A-Za-z]{3}/.test(said(text.replaceAll('\u0000', '7')).replaceAll(names, '')))
        .map((text) => `${file}: ${text.replaceAll('\u0000', '{}')}`),
    );
    expect(missing).toEqual([]);
  });

  test('no translation is of a sentence that nobody says any more', () => {
    const everything = Object.values(sources).join('\n');
    // Plurals, and what is put together of parts, are left out: the parts between values are looked for.
    const gone = Object.keys(chinese).filter(
      (english) =>
        !composed.some((part) => english.includes(part)) &&
        !english
          .split(/\{\d\}|\b1 (?:scan|patient|proposal)\b|\b(?:patients|proposals|scans?)\b/)
          .map((part) => part.trim().replace(/[.,;:]$/, ''))
          .every((part) => part.length < 4 || everything.includes(part)),
    );
    expect(gone).toEqual([]);
  });
});

describe('said', () => {
  test('puts sentences, values within them, and several in a row into the language chosen', () => {
    setLanguage('zh');
    expect(said('Learning from contours, epoch 3 of 30, step 1 of 25')).toBe(
      '从轮廓学习，第 3/30 轮，第 1/25 步',
    );
    expect(said('Taught with 12 slices of 2 patients. DSC 0.81 on 4 held-back slices.')).toBe(
      '用 2 名患者的 12 层教学。在 4 个留出层上 DSC 0.81。',
    );
    expect(
      said('The engine stopped several times in a row during this job. Try a smaller network width.'),
    ).toBe('引擎在此任务中连续多次停止。请尝试较小的网络宽度。');
    expect(said('One slice is missing between 12.0 mm and 18.0 mm.')).toBe('12.0 mm 与 18.0 mm 之间缺一层。');
    expect(
      said('Of 3 proposals, the model is least sure of this one; on slice 12 it is 40 % uncertain.'),
    ).toBe('在 3 个建议中，模型对此例最没有把握；第 12 层不确定度为 40 %。');
  });

  test('names the steps of the history, as they were called when they were made', () => {
    setLanguage('zh');
    expect(stepName('Brush on Axial slice 12')).toBe('画笔：轴位第 12 层');
    expect(stepName('Add GTV')).toBe('添加 GTV');
    expect(stepName('Rename GTV to Tumour')).toBe('GTV 改名为 Tumour');
    expect(stepName('Accept slice 4 of GTV')).toBe('接受 GTV 第 4 层');
    setLanguage('en');
    expect(stepName('Brush on Axial slice 12')).toBe('Brush on Axial slice 12');
  });

  test('leaves what nobody has put into other words, and all of it in English', () => {
    setLanguage('zh');
    expect(said('Something quite new happened. This file is empty.')).toBe(
      'Something quite new happened. 此文件为空。',
    );
    setLanguage('en');
    expect(said('This file is empty.')).toBe('This file is empty.');
  });
});
