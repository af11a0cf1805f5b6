export type * from './types';
export { openRuntime } from './open';
