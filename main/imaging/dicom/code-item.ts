import type { Code } from '../mask/label-map';
import { fitted, type DataSet } from './write';

/** Whether a code can be written: value and scheme are of Type 1. */
export const isWhole = (code: Code): boolean => code.value.trim() !== '' && fitted(code.scheme, 'SH') !== '';

/** A code as the item of a code sequence (PS3.3 8.8): longer values than 16 characters have an attribute of their own. */
export const codeItem = (code: Code): DataSet => ({
  ...(code.value.length > 16 ? { LongCodeValue: code.value } : { CodeValue: code.value }),
  CodingSchemeDesignator: fitted(code.scheme, 'SH'),
  CodeMeaning: fitted(code.meaning, 'LO') || fitted(code.value, 'LO'),
});
