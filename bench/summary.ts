import { max, median, min } from 'simple-statistics';
import type { Aim, Figure } from './benchmark.ts';

/** A figure as it is told. */
export interface Summary {
  readonly name: string;
  readonly unit: string;
  readonly n: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly values: readonly number[];
  readonly aim?: Aim;
  /** whether the median meets the aim; absent where there is none */
  readonly met?: boolean;
}

/** Throws RangeError for a figure without values, or with one that is no number. */
export function summaryOf({ name, unit, values, aim }: Figure): Summary {
  if (values.length === 0 || !values.every(Number.isFinite))
    throw new RangeError(`${name} has no values, or one that is no number: ${values.join(', ')}`);
  const numbers = [...values];
  const middle = median(numbers);
  const verdict = aim === undefined ? {} : { aim, met: meets(middle, aim) };
  return {
    name,
    unit,
    n: numbers.length,
    min: min(numbers),
    median: middle,
    max: max(numbers),
    values,
    ...verdict,
  };
}

function meets(value: number, { at, value: wanted }: Aim): boolean {
  return at === 'least' ? value >= wanted : value <= wanted;
}

/** Three significant digits, never in powers of ten. */
export function figureText(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}

/** `≥ 250: met`; empty without an aim. */
export function aimText({ aim, met }: Summary): string {
  if (aim === undefined) return '';
  return `${aim.at === 'least' ? '≥' : '≤'} ${aim.value}: ${met === true ? 'met' : 'missed'}`;
}
