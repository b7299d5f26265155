import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import type { FrameCodec, FrameCodecs } from '../channel/frame-codec.ts';
import { type FrameOctets, text, u8, u16, u32 } from '../channel/frame-octets.ts';
import type { InputPiece } from './input-log.ts';

/**
 * What the member that serves a protected client, its *holder*, and the member that would go on in its place, its *backup*, say to each other.
 *
 * Bodies; every one starts with the contact address (16). Integers are big-endian.
 *   Replica       client (16), number (u32), takeover number (u16), client's port (u16), length of the TCP state (u32), TCP state, application
 *                 state (the rest): one connection as it stood when its application said so
 *   Gated replica the same; what the client sends behind it follows, and no octet of that is acknowledged to the client before this frame's are
 *   Input         client (16), number (u32), client's port (u16), flags (u8; 1: the client's end comes right behind), sequence number of the first
 *                 octet (u32), octets (the rest): what a client whose input is gated has sent behind its connection's checkpoint, in any order
 *   Acknowledged  client (16), number (u32): the sender has what was sent under this number, and all before, and could take the client over now
 *   Sequence      client (16), number (u32), takeover number (u16): another one, for all connections of the client
 *   Drop          client (16), client's port (u16; 0: all), reason (UTF-8, the rest). From a holder: the connection has ended, or is another
 *                 backup's; from a backup: it does not keep them, or took the client over, found their ends, and let it go
 *   Beat          number (u32), answered (u32): the sender is there. Said by a holder to each of its backups, again and again, under the next number, and
 *                 answered at once by a beat without a number (0), which names the one that it answers
 *
 * The *takeover number* is that of the backup's one Binding Update: above all that the holder uses without telling.
 */
export type SurvivalFrame = { readonly contactAddress: Ipv6Address } & (
  | (OfClient & {
      readonly kind: 'replica';
      /** counts what a holder sends of a client */
      readonly number: number;
      readonly takeover: number;
      readonly port: number;
      readonly tcpState: Uint8Array;
      readonly applicationState: Uint8Array;
      readonly gated?: true;
    })
  | (OfClient &
      InputPiece & { readonly kind: 'replica-input'; readonly number: number; readonly port: number })
  | (OfClient & { readonly kind: 'replica-acknowledged'; readonly number: number })
  | (OfClient & { readonly kind: 'replica-sequence'; readonly number: number; readonly takeover: number })
  | (OfClient & { readonly kind: 'replica-drop'; readonly port: number; readonly reason: string })
  | { readonly kind: 'replica-beat'; readonly number: number; readonly answered: number }
);

interface OfClient {
  readonly client: Ipv6Address;
}

/** Of an Input: the client has sent its end. */
const ENDS = 1;

/** In place of a port: all connections of the client. */
export const EVERY_PORT = 0;

type Frame<Kind> = SurvivalFrame & { readonly kind: Kind };
type Rest<Kind> = Omit<Frame<Kind>, 'kind' | 'contactAddress'>;

export const survivalCodecs: FrameCodecs<SurvivalFrame> = {
  replica: replicaCodec({}),
  'replica-input': atContact(
    'replica-input',
    ({ client, number, port, sequence, octets, ends }) => [
      ...[ipv6ToBytes(client), u32(number), u16(port), u8(ends ? ENDS : 0), u32(sequence), octets],
    ],
    (body) => ({
      ...{ client: body.address(), number: body.u32(), port: body.u16() },
      ends: (body.u8() & ENDS) !== 0,
      sequence: body.u32(),
      octets: body.rest(),
    }),
  ),
  'replica-acknowledged': atContact(
    'replica-acknowledged',
    ({ client, number }) => [ipv6ToBytes(client), u32(number)],
    (body) => ({ client: body.address(), number: body.u32() }),
  ),
  'replica-sequence': atContact(
    'replica-sequence',
    ({ client, number, takeover }) => [ipv6ToBytes(client), u32(number), u16(takeover)],
    (body) => ({ client: body.address(), number: body.u32(), takeover: body.u16() }),
  ),
  'replica-drop': atContact(
    'replica-drop',
    ({ client, port, reason }) => [ipv6ToBytes(client), u16(port), text(reason)],
    (body) => ({ client: body.address(), port: body.u16(), reason: body.rest().toString('utf8') }),
  ),
  'replica-beat': atContact(
    'replica-beat',
    ({ number, answered }) => [u32(number), u32(answered)],
    (body) => ({ number: body.u32(), answered: body.u32() }),
  ),
};

/** Replicas of connections whose input is gated, which have a type of their own. */
export const gatedCodecs: { readonly replica: FrameCodec<Frame<'replica'>> } = {
  replica: { ...replicaCodec({ gated: true }), carries: ({ gated }) => gated === true },
};

/** Whether a frame of the member channel is one of these. */
export function isSurvivalFrame(frame: { readonly kind: string }): frame is SurvivalFrame {
  return Object.hasOwn(survivalCodecs, frame.kind);
}

function replicaCodec(input: { readonly gated?: true }): FrameCodec<Frame<'replica'>> {
  return atContact(
    'replica',
    ({ client, number, takeover, port, tcpState, applicationState }) => [
      ...[ipv6ToBytes(client), u32(number), u16(takeover), u16(port), u32(tcpState.length)],
      ...[tcpState, applicationState],
    ],
    (body) => ({
      ...{ client: body.address(), number: body.u32(), takeover: body.u16(), port: body.u16() },
      tcpState: body.bytes(body.u32()),
      applicationState: body.rest(),
      ...input,
    }),
  );
}

/** Every body begins with the contact address. */
function atContact<const Kind extends SurvivalFrame['kind']>(
  kind: Kind,
  encode: (frame: Frame<Kind>) => readonly Uint8Array[],
  decode: (body: FrameOctets) => Rest<Kind>,
): FrameCodec<Frame<Kind>> {
  return {
    encode: (frame) => Buffer.concat([ipv6ToBytes(frame.contactAddress), ...encode(frame)]),
    decode(body) {
      const head = { kind, contactAddress: body.address() };
      return { ...head, ...decode(body) } as Frame<Kind>;
    },
  };
}
