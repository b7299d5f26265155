import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { LONGEST_LIST } from '../channel/frame-limits.ts';
import { FrameOctets, u8, u32 } from '../channel/frame-octets.ts';
import { typesOf } from '../channel/frame-table.ts';
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

/** Frame types on the wire. */
export const membershipFrameTypes: Readonly<Record<MembershipFrame['kind'], number>> = typesOf(
  'member-list',
  'member-status',
  'member-left',
  'client-probe',
  'client-distance',
);

/** Whether a frame of the member channel is one of these. */
export function isMembershipFrame(frame: { readonly kind: string }): frame is MembershipFrame {
  return Object.hasOwn(membershipFrameTypes, frame.kind);
}

/** What stands behind length and type on the wire. */
export function encodeMembershipBody(frame: MembershipFrame): Buffer {
  switch (frame.kind) {
    case 'member-list':
      return Buffer.concat(frame.members.map(ipv6ToBytes));
    case 'member-status':
      return Buffer.concat([u8(statuses.indexOf(frame.status)), u32(frame.clients)]);
    case 'member-left':
      return Buffer.alloc(0);
    case 'client-probe':
      return Buffer.from(ipv6ToBytes(frame.client));
    case 'client-distance':
      return Buffer.concat([ipv6ToBytes(frame.client), u32(microseconds(frame.roundTripMs))]);
    default:
      return frame satisfies never;
  }
}

/** The frame of this type; undefined when the type is none of these. Throws ProtocolError on an illegal body. */
export function decodeMembershipBody(
  type: number | undefined,
  bytes: Uint8Array,
): MembershipFrame | undefined {
  const kind = (Object.keys(membershipFrameTypes) as MembershipFrame['kind'][]).find(
    (candidate) => membershipFrameTypes[candidate] === type,
  );
  if (kind === undefined) return undefined;
  const body = new FrameOctets(bytes);
  const frame = decodeBody(kind, body, bytes.length);
  body.end();
  return frame;
}

function decodeBody(kind: MembershipFrame['kind'], body: FrameOctets, length: number): MembershipFrame {
  switch (kind) {
    case 'member-list':
      if (length > LONGEST_LIST * 16) throw new ProtocolError(`a member list of ${length} octets`);
      return { kind, members: Array.from({ length: Math.ceil(length / 16) }, () => body.address()) };
    case 'member-status': {
      const status = statuses[body.u8()];
      if (status === undefined) throw new ProtocolError('a member status that is none');
      return { kind, status, clients: body.u32() };
    }
    case 'member-left':
      return { kind };
    case 'client-probe':
      return { kind, client: body.address() };
    case 'client-distance': {
      const [client, number] = [body.address(), body.u32()];
      return number === UNMEASURED ? { kind, client } : { kind, client, roundTripMs: number / 1000 };
    }
    default:
      return kind satisfies never;
  }
}

function microseconds(roundTripMs: number | undefined): number {
  return roundTripMs === undefined ? UNMEASURED : Math.min(UNMEASURED - 1, Math.round(roundTripMs * 1000));
}
