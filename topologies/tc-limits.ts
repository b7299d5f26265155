/*
 * What tc and the kernel can count, and so what a network can be. Times of netem and of a token bucket are whole microseconds in tc, ticks
 * of 64 ns in 32 bits in the kernel (include/net/pkt_sched.h, PSCHED_SHIFT); a loss is a share of 2³² (tc-netem(8), `percent`); a rate is
 * whole octets per second (tc/tc_util.c); a queue before a rate is 32 bits of octets (struct tc_tbf_qopt).
 */

export const NS_PER_TICK = 64;
const ticks = 2 ** 32;
const shares = 2 ** 32 - 1;

/** ms; longer delays would begin anew at 0 */
export const LONGEST_DELAY_MS = Math.floor((ticks * NS_PER_TICK) / 1e6);
/** ms; shorter ones would be none at all */
export const LEAST_DELAY_MS = 0.001;
/** %; below it a loss that tc rounds is another one by more than a hundredth */
export const LEAST_LOSS_PCT = 2e-6;
/** kbit/s; the bucket of three frames would take longer than a kernel's time has room for */
export const LEAST_RATE_KBIT = 1;
/** full frames in a bucket; at the least rate their time has still room in a kernel’s */
export const MOST_BUCKET_FRAMES = 20;
/** kbit/s: 1 Tbit/s */
export const LARGEST_RATE_KBIT = 1e9;
/** octets that may wait before a rate limit */
export const LARGEST_QUEUE_OCTETS = 2 ** 32 - 1;

/** A rate in bit/s as tc keeps it: whole octets. */
export function rateAsKept(rateKbit: number): number {
  return Math.floor(Math.round(rateKbit * 1000) / 8);
}

/** A loss in % as the kernel counts it: a share of 2³² − 1. */
export function sharesOf(lossPct: number): number {
  return Math.round((lossPct / 100) * shares);
}

/** A loss in % as the kernel keeps it. */
export function lossAsKept(lossPct: number): number {
  return (sharesOf(lossPct) / shares) * 100;
}

/** A DSCP in the octet of the traffic class: the upper six bits (RFC 2474 §3). */
export const DSCP_UNIT = 4;
export const DSCP_MASK = 0xfc;
