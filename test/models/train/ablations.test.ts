import { describe, expect, it } from 'vitest';
import {
  ABLATIONS,
  type Arm,
  FINETUNE_PRESETS,
  PRETRAIN_PRESETS,
  type PretrainConfig,
} from '../../../models/train';

const base = PRETRAIN_PRESETS.desktop;
const arm = (table: keyof typeof ABLATIONS, name: string): PretrainConfig => {
  const found = (ABLATIONS[table].arms as readonly Arm[]).find((a) => a.name === name);
  if (found?.pretraining.kind !== 'masked') throw new Error(`${table} has no masked arm ${name}.`);
  return found.pretraining.variant(base);
};

describe('ablation tables', () => {
  it('name every arm once, in words that make a folder', () => {
    for (const { arms } of Object.values(ABLATIONS)) {
      const names = arms.map((a: Arm) => a.name);
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) expect(name).toMatch(/^[a-z0-9.-]+$/);
    }
    expect(ABLATIONS.IV.arms.map((a) => a.title)).toEqual([
      'Sup',
      'BASE',
      'MPS',
      'AMR',
      'CRCL',
      'MPS-AMR',
      'MPS-CRCL',
      'AMR-CRCL',
      'AMLP',
    ]);
  });

  it('mean the same by a name wherever it stands', () => {
    const meanings = new Map<string, string>();
    for (const { arms } of Object.values(ABLATIONS))
      for (const { name, pretraining, teaching, selfTraining, channels } of arms as readonly Arm[]) {
        const meaning = JSON.stringify([
          pretraining.kind === 'masked' ? pretraining.variant(base) : pretraining,
          teaching?.(FINETUNE_PRESETS.desktop),
          selfTraining,
          channels,
        ]);
        expect(meanings.get(name) ?? meaning).toBe(meaning);
        meanings.set(name, meaning);
      }
  });

  it('switch exactly what their name says (Table IV)', () => {
    const has = (c: PretrainConfig) => ({
      mps: c.order === 'foreground-first',
      amr: c.ratio.end > c.ratio.start,
      rrl: c.loss.rrl !== 'off',
      ccl: c.updateLabels,
    });
    expect(has(arm('IV', 'base'))).toEqual({ mps: false, amr: false, rrl: false, ccl: false });
    expect(has(arm('IV', 'mps'))).toEqual({ mps: true, amr: false, rrl: false, ccl: false });
    expect(has(arm('IV', 'amr'))).toEqual({ mps: false, amr: true, rrl: false, ccl: false });
    expect(has(arm('IV', 'crcl'))).toEqual({ mps: false, amr: false, rrl: true, ccl: false });
    expect(has(arm('IV', 'mps-amr'))).toEqual({ mps: true, amr: true, rrl: false, ccl: false });
    expect(has(arm('IV', 'mps-crcl'))).toEqual({ mps: true, amr: false, rrl: true, ccl: true });
    expect(has(arm('IV', 'amr-crcl'))).toEqual({ mps: false, amr: true, rrl: true, ccl: false });
    expect(arm('IV', 'amlp')).toEqual(base);
  });

  it('teach the very network that they pretrained', () => {
    for (const { arms } of Object.values(ABLATIONS))
      for (const { pretraining, teaching } of arms as readonly Arm[]) {
        const { network } = teaching?.(FINETUNE_PRESETS.desktop) ?? FINETUNE_PRESETS.desktop;
        if (pretraining.kind === 'masked') expect(network).toEqual(pretraining.variant(base).network);
      }
  });

  it('keep sizes that fit', () => {
    for (const name of ['amlp-8', 'amlp-16', 'amlp-32', 'simmim-32'])
      expect(base.size % arm('fig5', name).patch).toBe(0);
    const deep = arm('XV', 'amlp-3d').network;
    expect(deep).toMatchObject({ backbone: 'unet3d', slices: 16 });
    const teaching = (ABLATIONS.XV.arms as readonly Arm[]).find((a) => a.name === 'amlp-3d')?.teaching;
    expect(teaching?.(FINETUNE_PRESETS.desktop).network).toEqual(deep);
  });
});
