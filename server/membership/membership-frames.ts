import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import type { FrameCodecs } from '../channel/frame-codec.ts';
import { LONGEST_LIST } from '../channel/frame-limits.ts';
import { u8, u32 } from '../channel/frame-octets.ts';
import type { MemberStatus } from './membership.ts';

const statuses: readonly MemberStatus[] = ['joining', 'serving', 'leaving'];
/** In place of a round trip: the client has not answered. */
const UNMEASURED = 0xffffffff;

/**
 * What the members of a server say to each other of themselves, in frames of the member channel: who there is, who takes clients,
 * and how far a client is from them. Integers are big-endian.
 *   List      care-of addresses of the other members that the sender has a channel to (16 each, the rest); to each new process
 *   Status    0: joining, 1: serving, 2: leaving (u8), clients that the sender serves (u32); on every change
 *   Left      nothing: the sender ends and does not come back by itself
 *   Probe     client (16): measure your round trip to it
 *   Distance  client (16), round trip in microseconds (u32), all ones when it has not answered
 */
export type MembershipFrame =
  | { readonly kind: 'member-list'; readonly members: readonly Ipv6Address[] }
  | { readonly kind: 'member-status'; readonly status: MemberStatus; readonly clients: number }
  | { readonly kind: 'member-left' }
  | { readonly kind: 'client-probe'; readonly client: Ipv6Address }
  /** `roundTripMs`: in steps of a microsecond; absent: not measured */
  | { readonly kind: 'client-distance'; readonly client: Ipv6Address; readonly roundTripMs?: number };

export const membershipCodecs: FrameCodecs<MembershipFrame> = {
  'member-list': {
    encode: ({ members }) => Buffer.concat(members.map(ipv6ToBytes)),
    decode(body) {
      const { left } = body;
      if (left > LONGEST_LIST * 16) throw new ProtocolError(`a member list of ${left} octets`);
      return {
        kind: 'member-list',
        members: Array.from({ length: Math.ceil(left / 16) }, () => body.address()),
      };
    },
  },
  'member-status': {
    encode: ({ status, clients }) => Buffer.concat([u8(statuses.indexOf(status)), u32(clients)]),
    decode(body) {
      const status = statuses[body.u8()];
      if (status === undefined) throw new ProtocolError('a member status that is none');
      return { kind: 'member-status', status, clients: body.u32() };
    },
  },
  'member-left': { encode: () => Buffer.alloc(0), decode: () => ({ kind: 'member-left' }) },
  'client-probe': {
    encode: ({ client }) => Buffer.from(ipv6ToBytes(client)),
    decode: (body) => ({ kind: 'client-probe', client: body.address() }),
  },
  'client-distance': {
    encode: ({ client, roundTripMs }) => Buffer.concat([ipv6ToBytes(client), u32(microseconds(roundTripMs))]),
    decode(body) {
      const [client, number] = [body.address(), body.u32()];
      const measured = number === UNMEASURED ? {} : { roundTripMs: number / 1000 };
      return { kind: 'client-distance', client, ...measured };
    },
  },
};

/** Whether a frame of the member channel is one of these. */
export function isMembershipFrame(frame: { readonly kind: string }): frame is MembershipFrame {
  return Object.hasOwn(membershipCodecs, frame.kind);
}

function microseconds(roundTripMs: number | undefined): number {
  return roundTripMs === undefined ? UNMEASURED : Math.min(UNMEASURED - 1, Math.round(roundTripMs * 1000));
}
