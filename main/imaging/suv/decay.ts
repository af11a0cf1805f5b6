import type { PetTags } from '../dicom/pet-tags';

type Dose = { readonly becquerel: number } | { readonly reason: string };
const no = (reason: string): Dose => ({ reason });

/** An injection on the evening before is believed up to this delay; longer ones need a date in the file. */
const longestOverMidnight = 6 * 3600;
const day = 86_400;

/**
 * The injected activity as it is at the moment that the image is decay-corrected to.
 * ADMIN: the image is corrected to the injection. START: to the start of the scan, which is the series time unless
 * that is later than the first acquisition (then it is the time of processing); GE names it in a private tag.
 */
export function decayedDose(slices: readonly PetTags[]): Dose {
  const [first] = slices;
  const { doseBq, halfLifeSeconds, decayCorrection, correctedImage } = first;
  if (doseBq === null || doseBq <= 0) return no('The injected activity is absent.');
  if (doseBq < 1e5)
    return no(`The injected activity (${doseBq}) is too low for Bq; the unit is not guessed.`);
  if (doseBq > 1e12) return no(`The injected activity (${doseBq} Bq) cannot be right.`);
  if (decayCorrection === 'NONE' || (decayCorrection === '' && !correctedImage.includes('DECY')))
    return no('The image is not corrected for decay.');
  if (!correctedImage.includes('DECY'))
    return no('Decay Correction and Corrected Image contradict each other.');
  if (decayCorrection === 'ADMIN') return { becquerel: doseBq };
  if (decayCorrection !== 'START')
    return no('The file does not say to which moment its decay is corrected (Decay Correction is absent).');
  if (halfLifeSeconds === null || halfLifeSeconds <= 0)
    return no('The half-life of the radionuclide is absent.');
  const start = scanStart(slices);
  if (typeof start === 'string') return no(start);
  const delay = injectionDelay(first, start);
  if (typeof delay === 'string') return no(delay);
  return { becquerel: doseBq * 2 ** (-delay / halfLifeSeconds) };
}

/** Seconds since an arbitrary midnight of the moment that START refers to, or why it is not known. */
function scanStart(slices: readonly PetTags[]): number | string {
  const [first] = slices;
  const series = moment(first.seriesDate, first.seriesTime);
  const acquired = slices.map((s) => moment(s.acquisitionDate, s.acquisitionTime));
  if (acquired.some((a) => a === null)) return 'The time of acquisition is absent.';
  const earliest = Math.min(...(acquired as number[]));
  if (series === null) return 'The time of the series is absent.';
  if (series <= earliest) {
    if (earliest - series > day)
      return 'The series and its acquisition are more than a day apart; one of the dates is wrong.';
    return series;
  }
  if (first.geScanDateTime !== '') {
    const ge = moment(first.geScanDateTime.slice(0, 8), first.geScanDateTime.slice(8));
    if (ge !== null) return ge;
  }
  return earliest;
}

/** Seconds from injection to the start of the scan, or why they are not known. */
function injectionDelay(tags: PetTags, start: number): number | string {
  const full = tags.injectionDateTime;
  const clock = secondsOfDay(tags.injectionTime);
  if (full.length >= 12) {
    const at = moment(full.slice(0, 8), full.slice(8).replace(/[+-]\d{4}$/, ''));
    if (at === null) return 'The date and time of injection cannot be read.';
    const seconds = ((at % day) + day) % day;
    if (clock !== null && Math.abs(seconds - clock) > 60)
      return 'The two times of injection in the file contradict each other.';
    const delay = start - at;
    return delay < 0 ? 'The injection is dated after the scan.' : believable(delay, tags);
  }
  if (clock === null) return 'The time of injection is absent.';
  const startClock = ((start % day) + day) % day;
  if (clock <= startClock) return believable(startClock - clock, tags);
  const overMidnight = startClock + day - clock;
  return overMidnight <= longestOverMidnight
    ? believable(overMidnight, tags)
    : 'The injection is later than the scan, and the file gives no date of injection.';
}

/** Nobody measures what is left after ten half-lives: a thousandth. */
const believable = (delay: number, { halfLifeSeconds }: PetTags): number | string =>
  halfLifeSeconds !== null && delay > 10 * halfLifeSeconds
    ? 'Between injection and scan lie more than ten half-lives; one of the dates or times is wrong.'
    : delay;

/** Seconds since 1970 (scanner's clock) of DICOM's DA and TM; null where one is absent or malformed. */
function moment(date: string, time: string): number | null {
  const d = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(date);
  const t = secondsOfDay(time);
  if (!d || t === null) return null;
  const midnight = Date.UTC(Number(d[1]), Number(d[2]) - 1, Number(d[3]));
  return Number.isFinite(midnight) ? midnight / 1000 + t : null;
}

/** TM: HH, HHMM, HHMMSS or HHMMSS.FFFFFF, colons of ACR-NEMA allowed. */
function secondsOfDay(time: string): number | null {
  const t = /^(\d{2}):?(\d{2})?:?(\d{2})?(\.\d+)?$/.exec(time);
  if (!t) return null;
  const [h, m, s] = [t[1], t[2] ?? '0', t[3] ?? '0'].map(Number);
  return h < 24 && m < 60 && s < 61 ? h * 3600 + m * 60 + s + Number(t[4] ?? 0) : null;
}
