import * as z from 'zod/mini';

/*
 * Numbers in configurations, each with the range in which it means something.
 */

/** What a timer takes, ms. */
const LONGEST_MS = 2 ** 31 - 1;
/** RFC 6275 §6.1.7: 16 bits in units of 4 s. */
const LONGEST_LIFETIME_S = 0xffff * 4;
const LARGEST_SIZE = 2 ** 31 - 1;

export const port = z.int().check(z.gte(1), z.lte(65_535));

/** ms; 0 is none. */
export const ms = z.number().check(z.gte(0), z.lte(LONGEST_MS));

/** ms that must pass. */
export const positiveMs = z.number().check(z.gt(0), z.lte(LONGEST_MS));

/** s, as Mobile IPv6 counts lifetimes of bindings. */
export const lifetimeSeconds = z.int().check(z.gte(4), z.lte(LONGEST_LIFETIME_S));

/** Octets, of a buffer or a document. */
export const octets = z.int().check(z.gte(0), z.lte(LARGEST_SIZE));

export const positiveOctets = z.int().check(z.gte(1), z.lte(LARGEST_SIZE));

/** How many of something. */
export const count = z.int().check(z.gte(0), z.lte(LARGEST_SIZE));
