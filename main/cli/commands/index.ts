import type { Register } from '../program';
import { ablate } from './ablate';
import { audit } from './audit';
import { convert } from './convert';
import { demo } from './demo';
import { doctor } from './doctor';
import { evaluate } from './evaluate';
import { exportMasks } from './export';
import { finetune } from './finetune';
import { indexArchive } from './index-archive';
import { labelEfficiency } from './label-efficiency';
import { mask } from './mask';
import { models } from './models';
import { pretrain } from './pretrain';
import { segment } from './segment';

/** Every command, in the order in which --help lists them. */
export const commands: readonly Register[] = [
  indexArchive,
  convert,
  mask,
  exportMasks,
  audit,
  pretrain,
  finetune,
  segment,
  models,
  evaluate,
  ablate,
  labelEfficiency,
  demo,
  doctor,
];
