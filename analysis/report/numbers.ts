import { plainNumber } from '../number.ts';

const decimals = 3;

/** A number for people: at most 3 decimals, fewer where it is large; '' for none. */
export function short(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '';
  const digits = Math.abs(value) >= 1000 ? 0 : decimals;
  return plainNumber(Number(value.toFixed(digits)));
}

/** The same for a number that stands as text in a CSV file. */
export function shortText(text: string | undefined): string {
  return text === undefined || text === '' ? '' : short(Number(text));
}
