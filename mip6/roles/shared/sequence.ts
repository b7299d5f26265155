const MODULUS = 65_536;
const HALF = 32_768;

/** The sequence number that follows, modulo 2¹⁶. */
export function nextSequence(sequence: number): number {
  return (sequence + 1) % MODULUS;
}

/** The one before it. */
export function previousSequence(sequence: number): number {
  return (sequence + MODULUS - 1) % MODULUS;
}

/**
 * Whether `sequence` is greater than `last` in the window of RFC 6275 §9.5.1: the last number and the
 * 32,768 before it are not, all others are.
 */
export function isNewerSequence(sequence: number, last: number): boolean {
  const ahead = (sequence - last + MODULUS) % MODULUS;
  return ahead !== 0 && ahead < HALF;
}

/** The one of the two that is not older. */
export function newerSequence(left: number, right: number): number {
  return isNewerSequence(left, right) ? left : right;
}
