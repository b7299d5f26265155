import { randomFillSync } from 'node:crypto';

const POOL_OCTETS = 1024;
/** Draws of more than this are made for themselves: they would empty the pool after a few. */
const LARGEST_DRAW = 64;

const pool = new Uint8Array(POOL_OCTETS);
let next = POOL_OCTETS;

/**
 * `count` random octets of OpenSSL's, fresh ones: many small draws come out of one large one, since each draw costs OpenSSL some ten
 * system calls. What was given out is no longer in the pool.
 */
export function randomOctets(count: number): Uint8Array {
  if (count > LARGEST_DRAW) return randomFillSync(new Uint8Array(count));
  if (next + count > POOL_OCTETS) {
    randomFillSync(pool);
    next = 0;
  }
  const octets = pool.slice(next, next + count);
  pool.fill(0, next, next + count);
  next += count;
  return octets;
}
