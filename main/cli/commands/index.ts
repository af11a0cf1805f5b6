import type { Register } from '../program';
import { convert } from './convert';
import { demo } from './demo';
import { doctor } from './doctor';
import { evaluate } from './evaluate';
import { exportMasks } from './export';
import { finetune } from './finetune';
import { mask } from './mask';
import { pretrain } from './pretrain';
import { segment } from './segment';

/** Every command, in the order in which --help lists them. */
export const commands: readonly Register[] = [
  convert,
  mask,
  exportMasks,
  pretrain,
  finetune,
  segment,
  evaluate,
  demo,
  doctor,
];
