import type { LogicalPacket } from '../capture/decode.ts';
import type { CapturedPacket } from '../capture/pcap-reader.ts';

/** ICMPv6 types below this are errors (RFC 4443 §2.1). */
const firstInformationalType = 128;

/**
 * What may not pass the router while something is measured, in words: an ICMPv6 error, a Binding Error. From `endNs` on nothing is, see
 * first-stop.ts: a Home Test Init whose way is longer than the session comes to a kernel that knows no Mobility Header by itself.
 */
export function faultIn(
  { upper }: LogicalPacket,
  { number, timeNs }: Pick<CapturedPacket, 'number' | 'timeNs'>,
  endNs: number,
): string | undefined {
  if (timeNs >= endNs) return undefined;
  if (upper.kind === 'icmpv6' && upper.type < firstInformationalType)
    return `ICMPv6 error (type ${upper.type}, code ${upper.code}) in packet ${number}`;
  return upper.kind === 'mobility' && upper.message.kind === 'binding-error'
    ? `Binding Error in packet ${number}`
    : undefined;
}

/** A packet whose headers contradict themselves, in words. */
export function malformed(reason: string, number: number): string {
  return `malformed packet ${number}: ${reason}`;
}

/** The first one, and how many more there are; undefined where there is none. */
export function firstOf([fault, ...more]: readonly string[]): string | undefined {
  return fault && `${fault}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
}
