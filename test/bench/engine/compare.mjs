import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {import('./worker.mjs').Worker} Worker */
/** @typedef {{ width: number, size: number, batch: number, normalisation: string }} Setting */
/** @typedef {Record<string, number | null>} Times seconds by contender; null where it could not run */
/** @typedef {{ width: number, size: number, batch: number, train: Times, infer: Times }} Row */

/** Long enough for the threads of the contender before to stop spinning. */
const pause = 250;

/** @param {readonly number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? null;

/**
 * All contenders, step by step in turn, so that a busier moment of the machine meets all of them.
 * Each turn runs two steps and times the second, whose data is warm.
 * @param {readonly { worker: Worker, modes: readonly string[] }[]} sides
 * @param {Setting} setting
 * @param {number} rounds
 * @param {(text: string) => void} tell
 * @returns {Promise<{ row: Row, about: string[] }>}
 */
export async function compare(sides, setting, rounds, tell) {
  const about = [];
  for (const { worker, modes } of sides) {
    const answer = await worker.ask({ do: 'make', modes, ...setting });
    if (answer.error) throw new Error(answer.error);
    about.push(answer.about ?? '');
  }
  /** @type {Record<string, Record<string, number[] | null>>} */
  const times = { train: {}, infer: {} };
  for (let round = 0; round < rounds; round++) {
    tell(`width ${setting.width}, ${setting.size}²: round ${round + 1} of ${rounds}`);
    for (const [action, byMode] of Object.entries(times)) {
      for (const { worker, modes } of sides) {
        for (const mode of modes) {
          if (byMode[mode] === null) continue;
          await sleep(pause);
          const { seconds, error } = await worker.ask({ do: action, mode });
          if (seconds === undefined) {
            tell(`${mode} cannot ${action}: ${error}`);
            byMode[mode] = null;
          } else (byMode[mode] ??= []).push(seconds);
        }
      }
    }
  }
  /** @param {Record<string, number[] | null>} byMode @returns {Times} */
  const medians = (byMode) =>
    Object.fromEntries(
      Object.entries(byMode).map(([mode, values]) => [`${mode}_s`, values && median(values)]),
    );
  const { width, size, batch } = setting;
  return {
    row: { width, size, batch, train: medians(times.train ?? {}), infer: medians(times.infer ?? {}) },
    about,
  };
}
