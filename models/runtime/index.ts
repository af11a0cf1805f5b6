export type * from './types';
export { openRuntime } from './open';
export { preferredBackend } from './choose';
