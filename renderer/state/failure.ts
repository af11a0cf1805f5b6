import { said } from '../i18n/said.svelte';
/**
 * The sentence of a failure. Electron puts "Error invoking remote method 'x': Error:" before what main said;
 * that means nothing to a person. What main said is put into the language chosen.
 */
export function sentenceOf(failure: unknown): string {
  const text = failure instanceof Error ? failure.message : String(failure);
  return said(text.replace(/^Error invoking remote method '[^']*': (?:\w*Error: )?/, ''));
}
