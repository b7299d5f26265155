import { getOption, setOption } from '../socket-libc.ts';
import { SO_MAX_PACING_RATE, TCP_INFO } from '../socket-options.ts';

/** `tcpi_delivery_rate` in `struct tcp_info`, offset in octets. */
const DELIVERY_RATE = 160;

/** The rate at which the peer recently acknowledged, in octets per second; 0 when not known. Throws LabError. */
export function deliveryRate(descriptor: number): number {
  return Number(getOption(descriptor, TCP_INFO, DELIVERY_RATE + 8).readBigUInt64LE(DELIVERY_RATE));
}

/**
 * Sends at most that many octets per second, or without limit: for a restored socket, whose congestion control
 * starts anew and would overshoot. Throws LabError.
 */
export function limitPacing(descriptor: number, octetsPerSecond: number | undefined): void {
  const value = Buffer.alloc(8, 0xff);
  if (octetsPerSecond !== undefined) value.writeBigUInt64LE(BigInt(Math.max(1, Math.round(octetsPerSecond))));
  setOption(descriptor, SO_MAX_PACING_RATE, value);
}
