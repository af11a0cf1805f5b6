/**
 * Lean body mass, kg, after Janmahasatian et al., Clin Pharmacokinet 2005;44:1051 (the formula that EANM and PERCIST
 * 1.0's successors recommend; the older one of James fails in obesity). Null where the sex is not M or F.
 */
export function leanBodyMass(weightKg: number, heightM: number, sex: string): number | null {
  const bmi = weightKg / heightM ** 2;
  if (sex === 'M') return (9270 * weightKg) / (6680 + 216 * bmi);
  if (sex === 'F') return (9270 * weightKg) / (8780 + 244 * bmi);
  return null;
}

/** Body surface, cm², after Du Bois and Du Bois 1916. */
export const bodySurface = (weightKg: number, heightM: number): number =>
  71.84 * weightKg ** 0.425 * (heightM * 100) ** 0.725;
