import { plainNumber } from '../number.ts';

const significant = 4;
const mostDecimals = 3;

/**
 * A number for people: four significant digits, at most three decimals, whole from 1000 on; '' for none. What would read as -0 is 0.
 * `resolution`: a tolerance or half an interval, below a hundredth of which no digit says anything.
 */
export function short(value: number | undefined, resolution = 0): string {
  if (value === undefined || !Number.isFinite(value)) return '';
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const wanted = Math.min(mostDecimals, Math.max(0, significant - 1 - magnitude));
  const useful = resolution > 0 ? Math.max(0, 2 - Math.floor(Math.log10(resolution))) : mostDecimals;
  const rounded = Number(value.toFixed(Math.min(wanted, useful)));
  return rounded === 0 ? '0' : plainNumber(rounded).replace('-', '−');
}

/** The same for a number that stands as text in a CSV file. */
export function shortText(text: string | undefined, resolution = 0): string {
  return text === undefined || text === '' ? '' : short(Number(text), resolution);
}

/** Long numbers in a sentence, shortened as above; what has a unit or a name keeps it. */
export function shortNumbers(text: string): string {
  return text.replace(/(?<![\w.])-?\d+\.\d{4,}(?![\w.])/g, (number) => shortText(number));
}
