import { spreadFrom, type SpreadInput, type SpreadResult } from '../../main/imaging/mask/spread/spread';

/** What the worker answers: the result, or the sentence of why there is none. */
export type SpreadAnswer = { readonly result: SpreadResult } | { readonly failed: string };

/** Carries contours away from the window's thread. */
self.onmessage = ({ data }: MessageEvent<SpreadInput>): void => {
  let answer: SpreadAnswer;
  try {
    answer = { result: spreadFrom(data) };
  } catch (failure) {
    answer = { failed: failure instanceof Error ? failure.message : String(failure) };
  }
  self.postMessage(answer);
};
