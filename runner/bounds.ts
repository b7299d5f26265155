/** A number that a person can read: its thousands apart, `10,000`. */
export function readable(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 20 });
}

/** `from 0 to 10,000`; where the upper bound is only what a number can hold, `from 0 on`, unless `value` is above even that. */
export function readableBounds(least: number, most: number, value = least): string {
  const open = most >= Number.MAX_SAFE_INTEGER && !(value > most);
  return open ? `from ${readable(least)} on` : `from ${readable(least)} to ${readable(most)}`;
}
