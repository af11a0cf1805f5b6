import type { Register } from '../program';
import { evaluate } from './evaluate';

/** Every command, in the order in which --help lists them. */
export const commands: readonly Register[] = [evaluate];
