import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { FrameOctets, text, u8, u16, u32 } from '../channel/frame-octets.ts';
import { typesOf } from '../channel/frame-table.ts';
import type { Announcement } from '../channel/versions.ts';
import { type ConnectionPorts, decodePorts, encodePorts } from '../plain/forwarding-frames.ts';

/**
 * What members say to each other to hand a client off (paper §3.2, §4.2, §6.4), and to open a channel.
 *
 * On the wire a frame is: length of what follows (u32), type (u8), body. All integers are big-endian.
 *   Hello   care-of address of the sender (16), a number that its process drew when it started (u32); from version 1 on the newest and the
 *           oldest version that it speaks (u8 each), capabilities (u32, see channel/versions.ts), and what later versions may add (the rest)
 *   Prepare handoff id (u32), client address (16), contact address (16)
 *   Init    handoff id (u32), client address (16), contact address (16), last Binding Update sequence number (u16),
 *           length of the TCP state (u32), TCP state, application state (the rest);
 *           of a client with several connections: see connections/connection-bundle.ts
 *   Done    handoff id (u32), Binding Update sequence number now in use (u16)
 *   Refuse  handoff id (u32), 1 when a Binding Update may have gone out, else 0 (u8), reason (UTF-8, the rest)
 *   Cancel  handoff id (u32): give it up unless you are active; answered by Done or Refuse
 *   Released  handoff id (u32): the donor has let go of the client
 *   Ask     handoff id (u32): are you there? Before Init, and behind one that has no answer yet
 *   Here    handoff id (u32): the answer; what came before Ask has been read
 *   Claim   handoff id (u32): the client says that somebody has used the number of my first Binding Update: was it you?
 *   Grant   handoff id (u32): it was not, and I shall not; Cancel where it was
 *   Padding zeros: opens the windows of a new connection
 *   Of contact  contact address (16), then type and body of a frame about a client there: for addresses beyond the server's first
 *   For clients without Mobile IPv6, Prepare and Init have types of their own; in front of that Init's body are the number of the
 *   connections (u8) and both ports of each (u16 each).
 * With an empty socket an Init stays far below one packet.
 */
export type HandoffFrame =
  | HelloFrame
  | {
      readonly kind: 'prepare';
      readonly handoff: number;
      readonly client: Ipv6Address;
      readonly contactAddress: Ipv6Address;
      /** the client has no Mobile IPv6: the contact node forwards its connections' packets to their holder; in Prepare empty */
      readonly forwarded?: readonly ConnectionPorts[];
    }
  | InitFrame
  | { readonly kind: 'done'; readonly handoff: number; readonly sequence: number }
  | RefuseFrame
  | { [Kind in PlainKind]: { readonly kind: Kind; readonly handoff: number } }[PlainKind]
  | { readonly kind: 'padding'; readonly octets: number };

/** Frames that say no more than which handoff they are of. */
type PlainKind = 'cancel' | 'released' | 'ask' | 'here' | 'claim' | 'grant';

export interface HelloFrame {
  readonly kind: 'hello';
  readonly careOfAddress: Ipv6Address;
  /** tells processes at one address apart */
  readonly incarnation: number;
  /** absent: from before there were versions */
  readonly announced?: Announcement;
}

interface RefuseFrame {
  readonly kind: 'refuse';
  readonly handoff: number;
  /** the client may be bound to the acceptor: the donor has to take it back */
  readonly bound: boolean;
  readonly reason: string;
}

export interface InitFrame {
  readonly kind: 'init';
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** sequence number of the last Binding Update that the client accepted */
  readonly sequence: number;
  readonly tcpState: Uint8Array;
  readonly applicationState: Uint8Array;
  /** as in Prepare: the connections that are handed off */
  readonly forwarded?: readonly ConnectionPorts[];
}

const frameTypes = typesOf(
  ...(['hello', 'prepare', 'init', 'done', 'refuse', 'cancel', 'released', 'padding'] as const),
  ...(['ask', 'here', 'claim', 'grant'] as const),
);
/** of frames with `forwarded` */
const forwardedTypes = { prepare: 43, init: 44 } as const;

/** Whether a frame of the member channel is one of a handoff, or of the channel itself. */
export function isHandoffFrame(frame: { readonly kind: string }): frame is HandoffFrame {
  return Object.hasOwn(frameTypes, frame.kind);
}

/** Type and body of a handoff's frame. */
export function encodeHandoff(frame: HandoffFrame): readonly [number, Buffer] {
  const body = encodeBody(frame);
  if (!('forwarded' in frame) || frame.forwarded === undefined) return [frameTypes[frame.kind], body];
  if (frame.kind === 'prepare') return [forwardedTypes.prepare, body];
  const count = u8(frame.forwarded.length);
  return [forwardedTypes.init, Buffer.concat([count, encodePorts(frame.forwarded), body])];
}

function encodeBody(frame: HandoffFrame): Buffer {
  switch (frame.kind) {
    case 'hello':
      return encodeHello(frame);
    case 'prepare':
      return Buffer.concat([
        u32(frame.handoff),
        ipv6ToBytes(frame.client),
        ipv6ToBytes(frame.contactAddress),
      ]);
    case 'init':
      return Buffer.concat([
        u32(frame.handoff),
        ipv6ToBytes(frame.client),
        ipv6ToBytes(frame.contactAddress),
        u16(frame.sequence),
        u32(frame.tcpState.length),
        frame.tcpState,
        frame.applicationState,
      ]);
    case 'done':
      return Buffer.concat([u32(frame.handoff), u16(frame.sequence)]);
    case 'refuse':
      return Buffer.concat([u32(frame.handoff), Buffer.of(frame.bound ? 1 : 0), text(frame.reason)]);
    case 'cancel':
    case 'released':
    case 'ask':
    case 'here':
    case 'claim':
    case 'grant':
      return u32(frame.handoff);
    case 'padding':
      return Buffer.alloc(frame.octets);
    default:
      return frame satisfies never;
  }
}

function encodeHello({ careOfAddress, incarnation, announced }: HelloFrame): Buffer {
  const head = [ipv6ToBytes(careOfAddress), u32(incarnation)];
  if (announced === undefined) return Buffer.concat(head);
  const { newest, oldest, capabilities } = announced;
  return Buffer.concat([...head, u8(newest), u8(oldest), u32(capabilities)]);
}

/** Undefined when the type is none of a handoff's. Throws ProtocolError on an illegal body. */
export function decodeHandoff(type: number | undefined, bytes: Buffer): HandoffFrame | undefined {
  const body = new FrameOctets(bytes);
  const frame = decodeBody(type, body);
  if (frame !== undefined) body.end();
  return frame;
}

function decodeBody(type: number | undefined, body: FrameOctets): HandoffFrame | undefined {
  switch (type) {
    case frameTypes.hello:
      return decodeHello(body);
    case frameTypes.prepare:
      return { kind: 'prepare', handoff: body.u32(), client: body.address(), contactAddress: body.address() };
    case forwardedTypes.prepare:
      return {
        kind: 'prepare',
        handoff: body.u32(),
        client: body.address(),
        contactAddress: body.address(),
        forwarded: [],
      };
    case frameTypes.init:
      return decodeInit(body);
    case forwardedTypes.init: {
      const forwarded = decodePorts(body.bytes(4 * body.u8()));
      return { ...decodeInit(body), forwarded };
    }
    case frameTypes.done:
      return { kind: 'done', handoff: body.u32(), sequence: body.u16() };
    case frameTypes.refuse:
      return {
        kind: 'refuse',
        handoff: body.u32(),
        bound: body.u8() !== 0,
        reason: body.rest().toString('utf8'),
      };
    case frameTypes.cancel:
      return { kind: 'cancel', handoff: body.u32() };
    case frameTypes.released:
      return { kind: 'released', handoff: body.u32() };
    case frameTypes.ask:
      return { kind: 'ask', handoff: body.u32() };
    case frameTypes.here:
      return { kind: 'here', handoff: body.u32() };
    case frameTypes.claim:
      return { kind: 'claim', handoff: body.u32() };
    case frameTypes.grant:
      return { kind: 'grant', handoff: body.u32() };
    case frameTypes.padding:
      return { kind: 'padding', octets: body.rest().length };
    default:
      return undefined;
  }
}

function decodeHello(body: FrameOctets): HelloFrame {
  const hello = { kind: 'hello', careOfAddress: body.address(), incarnation: body.u32() } as const;
  const extension = new FrameOctets(body.rest());
  if (extension.isEmpty) return hello;
  const announced = { newest: extension.u8(), oldest: extension.u8(), capabilities: extension.u32() };
  if (announced.oldest > announced.newest)
    throw new ProtocolError(`Hello with versions ${announced.oldest} to ${announced.newest}`);
  return { ...hello, announced };
}

function decodeInit(body: FrameOctets): InitFrame {
  return {
    kind: 'init',
    handoff: body.u32(),
    client: body.address(),
    contactAddress: body.address(),
    sequence: body.u16(),
    tcpState: body.bytes(body.u32()),
    applicationState: body.rest(),
  };
}
