/** A number that a person can read: its thousands apart, `10,000`. */
export function readable(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 20 });
}

/** `from 0 to 10,000`; where the upper bound is only what a number can hold, `from 0 on`. */
export function readableBounds(least: number, most: number): string {
  const open = most >= Number.MAX_SAFE_INTEGER;
  return open ? `from ${readable(least)} on` : `from ${readable(least)} to ${readable(most)}`;
}
