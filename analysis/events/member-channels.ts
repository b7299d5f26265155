import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { LogicalPacket } from '../capture/decode.ts';
import { tcpFlags } from '../capture/upper-layer.ts';
import { ChannelFlow, type ChannelFrame } from './channel-flow.ts';
import type { Passage, Testbed } from './testbed.ts';

/** A frame with its two ends' care-of addresses. */
export interface MemberFrame extends ChannelFrame {
  readonly from: Ipv6Address;
  readonly to: Ipv6Address;
}

/** All member-to-member channels of a capture; they outlive repetitions. */
export class MemberChannels {
  readonly #testbed: Testbed;
  readonly #flows = new Map<string, ChannelFlow>();
  #unreadable = 0;

  constructor(testbed: Testbed) {
    this.#testbed = testbed;
  }

  /** Frame headers that could not be read, on all channels so far. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** The frames that begin in this packet; none when it is not on a channel. */
  packet({ network, upper }: LogicalPacket, passage: Passage): readonly MemberFrame[] {
    if (upper.kind !== 'tcp' || !this.#isChannel(upper.sourcePort, upper.destinationPort)) return [];
    const { source: from, destination: to } = network;
    if (!this.#testbed.isMember(from) || !this.#testbed.isMember(to)) return [];
    const key = `${from} ${upper.sourcePort} ${to} ${upper.destinationPort}`;
    if ((upper.flags & tcpFlags.syn) !== 0) {
      if (passage.direction === 'in') this.#flows.set(key, new ChannelFlow(upper.sequence + 1));
      return [];
    }
    if (upper.payloadLength === 0) return [];
    const flow = this.#flows.get(key) ?? new ChannelFlow(upper.sequence);
    this.#flows.set(key, flow);
    const unreadableBefore = flow.unreadable;
    // Object.assign keeps the frame's identity: its passages are still being filled in.
    const frames = flow.segment(upper, passage).map((frame) => Object.assign(frame, { from, to }));
    this.#unreadable += flow.unreadable - unreadableBefore;
    return frames;
  }

  #isChannel(sourcePort: number, destinationPort: number): boolean {
    return sourcePort === this.#testbed.channelPort || destinationPort === this.#testbed.channelPort;
  }
}
