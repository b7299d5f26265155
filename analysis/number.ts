const decimals = 6;

/**
 * Rounds to 6 decimals: a nanosecond where the unit is ms, so that 300.30400000000003 reads 300.304.
 * Idempotent; never returns -0.
 */
export function rounded(value: number): number {
  return Number(value.toFixed(decimals)) + 0;
}

/** A number as plain decimal text without exponent or float noise; '' for an absent or non-finite number. */
export function plainNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '';
  const text = value.toFixed(decimals).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

/** `40 ms`; of what has no unit, the number alone. */
export function withUnit(number: string, unit: string): string {
  return unit === '' ? number : `${number} ${unit}`;
}

/** `handoff-gap (ms)`; of what has no unit, the name alone. */
export function nameInUnit(name: string, unit: string): string {
  return unit === '' ? name : `${name} (${unit})`;
}
