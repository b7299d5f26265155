import { readableBounds } from '../bounds.ts';
import { UsageError } from '../usage-error.ts';

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** A parser for a whole number from `least` to `most`. Throws UsageError. */
export function wholeNumber(
  flag: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const problem = /^-?\d+$/.test(text) ? 'is out of bounds' : 'is no whole number';
    throw new UsageError(flag, text, problem, `give a whole number ${readableBounds(least, most, value)}`);
  };
}

/** A parser for a decimal number, 0 or more, of up to three places; what is too much is for others to say. */
export function decimalNumber(flag: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text);
    throw new UsageError(flag, text, 'is no such number', 'give 0, 1.5 or 20, for example');
  };
}
