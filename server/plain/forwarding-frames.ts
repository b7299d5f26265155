import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import type { FrameCodec, FrameCodecs } from '../channel/frame-codec.ts';
import { MOST_FORWARDED } from '../channel/frame-limits.ts';
import { FrameOctets, text, u8, u16 } from '../channel/frame-octets.ts';

/** A connection of a client to a contact address, by its ports. */
export interface ConnectionPorts {
  readonly clientPort: number;
  readonly servicePort: number;
}

const wishes = ['forward', 'ended', 'contest'] as const;
const outcomes = ['accepted', 'superseded', 'refused'] as const;

/**
 * What the members say to the contact node of connections of a client without Mobile IPv6, in frames of the member channel (paper
 * §7.2): to them the contact node is what a correspondent node's binding cache is to others.
 *
 * Both bodies begin with the contact address (16), the client (16) and a sequence number (u16). Integers are big-endian.
 *   Forward    0: send these connections' packets to me from now on; 1: they have ended, or this member has given them up; 2: as
 *              0, unless another member has asked for them since (u8); both ports of each (u16 each, the rest)
 *   Forwarded  0: they go to you; 1: another member has asked with a later number; 2: they stay where they are (u8);
 *              reason (UTF-8, the rest)
 */
export type ForwardingFrame = {
  readonly contactAddress: Ipv6Address;
  readonly client: Ipv6Address;
  /** counts the connections' holders, as Binding Updates do elsewhere; 16 bits, wraps */
  readonly sequence: number;
} & (
  | {
      readonly kind: 'forward';
      readonly what: (typeof wishes)[number];
      readonly connections: readonly ConnectionPorts[];
    }
  | { readonly kind: 'forwarded'; readonly outcome: (typeof outcomes)[number]; readonly reason: string }
);

type Frame<Kind> = ForwardingFrame & { readonly kind: Kind };

export const forwardingCodecs: FrameCodecs<ForwardingFrame> = {
  forward: ofClient(
    'forward',
    ({ what, connections }) => [u8(wishes.indexOf(what)), encodePorts(connections)],
    (body) => {
      const what = wishes[body.u8()];
      if (what === undefined) throw new ProtocolError('channel frame Forward with an unknown wish');
      const connections = decodePorts(body.rest());
      if (connections.length > MOST_FORWARDED)
        throw new ProtocolError(`channel frame Forward with ${connections.length} connections`);
      return { what, connections };
    },
  ),
  forwarded: ofClient(
    'forwarded',
    ({ outcome, reason }) => [u8(outcomes.indexOf(outcome)), text(reason)],
    (body) => {
      const outcome = outcomes[body.u8()];
      if (outcome === undefined) throw new ProtocolError('channel frame Forwarded with an unknown outcome');
      return { outcome, reason: body.rest().toString('utf8') };
    },
  ),
};

/** Whether a frame of the member channel is one of these. */
export function isForwardingFrame(frame: { readonly kind: string }): frame is ForwardingFrame {
  return Object.hasOwn(forwardingCodecs, frame.kind);
}

/** Both bodies begin alike. */
function ofClient<const Kind extends ForwardingFrame['kind']>(
  kind: Kind,
  encode: (frame: Frame<Kind>) => readonly Uint8Array[],
  decode: (body: FrameOctets) => Omit<Frame<Kind>, 'kind' | 'contactAddress' | 'client' | 'sequence'>,
): FrameCodec<Frame<Kind>> {
  return {
    encode: (frame) =>
      Buffer.concat([
        ipv6ToBytes(frame.contactAddress),
        ipv6ToBytes(frame.client),
        u16(frame.sequence),
        ...encode(frame),
      ]),
    decode(body) {
      const head = { kind, contactAddress: body.address(), client: body.address(), sequence: body.u16() };
      return { ...head, ...decode(body) } as Frame<Kind>;
    },
  };
}

/** 4 octets for each connection. */
export function encodePorts(connections: readonly ConnectionPorts[]): Buffer {
  return Buffer.concat(
    connections.flatMap(({ clientPort, servicePort }) => [u16(clientPort), u16(servicePort)]),
  );
}

/** The same back, from all of `bytes`. Throws ProtocolError when they end inside a connection. */
export function decodePorts(bytes: Uint8Array): readonly ConnectionPorts[] {
  const body = new FrameOctets(bytes);
  return Array.from({ length: Math.ceil(bytes.length / 4) }, () => ({
    clientPort: body.u16(),
    servicePort: body.u16(),
  }));
}
