import { Refusal } from './gate';

/** Stands in for a part that could not start: every question is answered with the sentence that says why. */
export function unavailable<T extends object>(sentence: string): T {
  return new Proxy({} as T, {
    get: () => () => Promise.reject(new Refusal(sentence)),
  });
}
