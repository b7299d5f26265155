import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import type { LogicalPacket } from '../capture/decode.ts';
import { ChannelFlow, type ChannelFrame } from './channel-flow.ts';
import { type FrameScanner, PlainFrameScanner } from './channel-frames.ts';
import type { TlsKeyLog, TlsRole } from './channel-keys.ts';
import { TlsFrameScanner } from './channel-records.ts';
import { TlsSession } from './channel-session.ts';
import type { Passage, Testbed } from './testbed.ts';

/** A frame with its two ends' care-of addresses. */
export interface MemberFrame extends ChannelFrame {
  readonly from: Ipv6Address;
  readonly to: Ipv6Address;
}

/** All member-to-member channels of a capture; they outlive repetitions. */
export class MemberChannels {
  readonly #testbed: Testbed;
  readonly #keyLog: TlsKeyLog | undefined;
  readonly #flows = new Map<string, ChannelFlow>();
  /** by flow: that of the side that opened the connection, and the other's */
  readonly #sessions = new Map<string, TlsSession>();
  #unreadable = 0;

  /** `keyLog` absent: the members speak in the clear. */
  constructor(testbed: Testbed, keyLog?: TlsKeyLog) {
    this.#testbed = testbed;
    this.#keyLog = keyLog;
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
    const reverse = `${to} ${upper.destinationPort} ${from} ${upper.sourcePort}`;
    if ((upper.flags & TCP_FLAG.syn) !== 0) {
      if (passage.direction === 'in') {
        const role = (upper.flags & TCP_FLAG.ack) === 0 ? 'client' : 'server';
        this.#flows.set(key, new ChannelFlow(upper.sequence + 1, this.#scanner(key, reverse, role)));
      }
      return [];
    }
    if (upper.payloadLength === 0) return [];
    const flow = this.#flows.get(key) ?? new ChannelFlow(upper.sequence, new PlainFrameScanner());
    this.#flows.set(key, flow);
    const unreadableBefore = flow.unreadable;
    // Object.assign keeps the frame's identity: its passages are still being filled in.
    const frames = flow.segment(upper, passage).map((frame) => Object.assign(frame, { from, to }));
    this.#unreadable += flow.unreadable - unreadableBefore;
    return frames;
  }

  #scanner(key: string, reverse: string, role: TlsRole): FrameScanner {
    if (this.#keyLog === undefined) return new PlainFrameScanner();
    const shared = role === 'server' ? this.#sessions.get(reverse) : undefined;
    const session = shared ?? new TlsSession(this.#keyLog);
    this.#sessions.set(key, session);
    return new TlsFrameScanner(session, role);
  }

  #isChannel(sourcePort: number, destinationPort: number): boolean {
    return sourcePort === this.#testbed.channelPort || destinationPort === this.#testbed.channelPort;
  }
}
