/** Questions to a driver that now and then loses the answer. */

/** @throws Error where there is no answer in time */
export async function within<T>(seconds: number, question: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer in ${seconds} s.`)), 1000 * seconds);
  });
  try {
    return await Promise.race([question, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again where no answer came in time, or garbage collection took the question with it. */
export async function steadily<T>(ask: () => Promise<T>, seconds = 10): Promise<T> {
  for (let tries = 1; ; tries++)
    try {
      return await within(seconds, ask());
    } catch (error) {
      if (tries === 5 || !/garbage collected|No answer in/.test(String(error))) throw error;
    }
}
