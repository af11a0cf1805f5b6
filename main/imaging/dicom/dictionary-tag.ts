import { DICTIONARY, type Keyword } from './dictionary';

/** The tag of a keyword as group × 65536 + element. */
export const tagOf = (keyword: Keyword): number => Number.parseInt(DICTIONARY[keyword][0], 16);
