import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import type { LogicalPacket } from '../capture/decode.ts';
import type { CapturedPacket } from '../capture/pcap-reader.ts';
import type { Passage } from './testbed.ts';

/** One Mobility Header message on one hop over the router. */
export interface SignallingMessage {
  readonly message: MobilityMessage;
  /** outermost addresses on this hop: a tunnel's ends, where it is tunnelled */
  readonly from: Ipv6Address;
  readonly to: Ipv6Address;
  /** the addresses that the message itself is from and to */
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** of the packet on the wire, tunnels included */
  readonly octets: number;
  arrived?: Passage;
  /** absent when the router's queue lost it */
  left?: Passage;
}

/** Whom a Binding Update is for that is not for its sender (RFC 6275 §6.2.5). */
export function alternateOf(message: MobilityMessage): Ipv6Address | undefined {
  if (message.kind !== 'binding-update') return undefined;
  return message.options.find((option) => option.kind === 'alternate-care-of-address')?.address;
}

/** IPv6 hop limit: the one octet that forwarding changes. */
const hopLimitAt = 7;
const maximumPending = 256;

/** Joins the two sightings of every Mobility Header message that the router forwards. */
export class SignallingLog {
  #pending: { readonly key: string; readonly entry: SignallingMessage }[] = [];

  /** A new message when it comes in, or when it leaves without having been seen coming; else undefined. */
  packet(
    packet: LogicalPacket,
    message: MobilityMessage,
    { bytes, originalLength: octets }: Pick<CapturedPacket, 'bytes' | 'originalLength'>,
    passage: Passage,
  ): SignallingMessage | undefined {
    const key = identity(bytes);
    if (passage.direction === 'out') {
      // The latest of equals: an earlier one that is still waiting was lost.
      const index = this.#pending.findLastIndex((waiting) => waiting.key === key);
      if (index >= 0) {
        this.#pending.splice(index, 1)[0]!.entry.left = passage;
        return undefined;
      }
    }
    const { source: from, destination: to } = packet.outer;
    const entry: SignallingMessage = {
      message,
      from,
      to,
      source: packet.source,
      destination: packet.destination,
      octets,
    };
    if (passage.direction === 'out') return { ...entry, left: passage };
    entry.arrived = passage;
    this.#pending.push({ key, entry });
    if (this.#pending.length > maximumPending) this.#pending.shift();
    return entry;
  }
}

function identity(bytes: Uint8Array): string {
  const copy = Buffer.from(bytes);
  copy[hopLimitAt] = 0;
  return copy.toString('latin1');
}
