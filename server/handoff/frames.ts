import { KEYGEN_TOKEN_OCTETS } from '../../mip6/wire/constants.ts';
import type { CareOfProof } from '../bindings/client-bindings.ts';
import type { FrameCodec, FrameCodecs } from '../channel/frame-codec.ts';
import { text, u8, u16, u32 } from '../channel/frame-octets.ts';
import { type Beginning, beginningCodecs } from './beginning-frames.ts';

/**
 * What members say to each other to hand a client off (paper §3.2, §4.2, §6.4).
 *
 * On the wire a frame is: length of what follows (u32), type (u8), body. All integers are big-endian.
 *   Prepare handoff id (u32), client address (16), contact address (16)
 *   Init    handoff id (u32), client address (16), contact address (16), last Binding Update sequence number (u16),
 *           length of the TCP state (u32), TCP state, application state (the rest);
 *           of a client with several connections: see connection-bundle.ts
 *   Prepared  handoff id (u32), care-of nonce index (u16), care-of keygen token (8), its age in ms (u32), the way between client and
 *           acceptor in µs (u32)
 *   Done    handoff id (u32), Binding Update sequence number now in use (u16)
 *   Refuse  handoff id (u32), 1 when a Binding Update may have gone out, else 0 (u8), reason (UTF-8, the rest)
 *   Cancel  handoff id (u32): give it up unless you are active; answered by Done or Refuse
 *   Released  handoff id (u32): the donor has let go of the client
 *   Ask     handoff id (u32): are you there? Before Init, and behind one that has no answer yet
 *   Here    handoff id (u32): the answer; what came before Ask has been read
 *   Claim   handoff id (u32): somebody may have used the number of my first Binding Update: was it you?
 *   Grant   handoff id (u32): it was not, and I shall not; Cancel where it was
 *   Of contact  contact address (16), then type and body of a frame about a client there: for addresses beyond the server's first
 *   For clients without Mobile IPv6, Prepare and Init have types of their own; in front of that Init's body are the number of the
 *   connections (u8) and both ports of each (u16 each).
 *   Prepare and Init that tell their variant have types of their own, for clients of either kind: behind the contact address stand the number of its
 *   axes (u8), the axes (u8 each), flags (u8): 1 for a client without Mobile IPv6, 2 in an Init that gives a home keygen token, which then stands
 *   next: its nonce index (u16), itself (8), its age in ms (u32); in Init of a client without Mobile IPv6 then the number of its connections (u8) and
 *   both ports of each (u16 each); the rest is as above.
 * With an empty socket an Init stays far below one packet.
 */
export type HandoffFrame =
  | Beginning
  | PreparedFrame
  | { readonly kind: 'done'; readonly handoff: number; readonly sequence: number }
  | RefuseFrame
  | { [Kind in PlainKind]: { readonly kind: Kind; readonly handoff: number } }[PlainKind];

/** Frames that say no more than which handoff they are of. */
type PlainKind = 'cancel' | 'released' | 'ask' | 'here' | 'claim' | 'grant';

const US_PER_MS = 1000;

/** The acceptor's consent, and what its donor needs to bind the client to it. */
type PreparedFrame = CareOfProof & { readonly kind: 'prepared'; readonly handoff: number };

interface RefuseFrame {
  readonly kind: 'refuse';
  readonly handoff: number;
  /** the client may be bound to the acceptor: the donor has to take it back */
  readonly bound: boolean;
  readonly reason: string;
}

const kindsToDonor = ['prepared', 'here', 'done', 'refuse', 'claim'] as const;

/** What an acceptor says to its donor. */
export type FrameToDonor = HandoffFrame & { readonly kind: (typeof kindsToDonor)[number] };

/** What a donor says to its acceptor. */
export type FrameToAcceptor = Exclude<HandoffFrame, { readonly kind: FrameToDonor['kind'] }>;

export function isFrameToDonor(frame: HandoffFrame): frame is FrameToDonor {
  return kindsToDonor.some((kind) => kind === frame.kind);
}

export const handoffCodecs: FrameCodecs<HandoffFrame> = {
  ...beginningCodecs,
  prepared: {
    encode: ({ handoff, careOfNonceIndex, careOfKeygenToken, ageMs, tripMs }) =>
      Buffer.concat([
        ...[u32(handoff), u16(careOfNonceIndex), careOfKeygenToken],
        ...[u32(Math.ceil(ageMs)), u32(Math.round(tripMs * US_PER_MS))],
      ]),
    decode: (body) => ({
      kind: 'prepared',
      handoff: body.u32(),
      careOfNonceIndex: body.u16(),
      careOfKeygenToken: body.bytes(KEYGEN_TOKEN_OCTETS),
      ageMs: body.u32(),
      tripMs: body.u32() / US_PER_MS,
    }),
  },
  done: {
    encode: ({ handoff, sequence }) => Buffer.concat([u32(handoff), u16(sequence)]),
    decode: (body) => ({ kind: 'done', handoff: body.u32(), sequence: body.u16() }),
  },
  refuse: {
    encode: ({ handoff, bound, reason }) => Buffer.concat([u32(handoff), u8(bound ? 1 : 0), text(reason)]),
    decode: (body) => ({
      kind: 'refuse',
      handoff: body.u32(),
      bound: body.u8() !== 0,
      reason: body.rest().toString('utf8'),
    }),
  },
  cancel: namesHandoff('cancel'),
  released: namesHandoff('released'),
  ask: namesHandoff('ask'),
  here: namesHandoff('here'),
  claim: namesHandoff('claim'),
  grant: namesHandoff('grant'),
};

/** Whether a frame of the member channel is one of a handoff. */
export function isHandoffFrame(frame: { readonly kind: string }): frame is HandoffFrame {
  return Object.hasOwn(handoffCodecs, frame.kind);
}

function namesHandoff<const Kind extends PlainKind>(
  kind: Kind,
): FrameCodec<{ readonly kind: Kind; readonly handoff: number }> {
  return { encode: ({ handoff }) => u32(handoff), decode: (body) => ({ kind, handoff: body.u32() }) };
}
