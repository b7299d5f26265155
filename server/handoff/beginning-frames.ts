import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { KEYGEN_TOKEN_OCTETS } from '../../mip6/wire/constants.ts';
import type { HomeProof } from '../bindings/client-bindings.ts';
import type { FrameCodec } from '../channel/frame-codec.ts';
import { type FrameOctets, u8, u16, u32 } from '../channel/frame-octets.ts';
import { type ConnectionPorts, decodePorts, encodePorts } from '../plain/forwarding-frames.ts';

/** Of what stands behind the axes of a variant. */
const FLAG = { plain: 1, home: 2 } as const;

/** Of Prepare and Init, whichever comes first begins a handoff at the acceptor; see frames.ts for what is on the wire. */
export type Beginning = PrepareFrame | InitFrame;

interface PrepareFrame {
  readonly kind: 'prepare';
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** the variant's axes (server/variants/axes.ts); absent: the donor is of a release that does not tell them, or its acceptor is */
  readonly variant?: Uint8Array;
  /** the client has no Mobile IPv6: the contact node forwards its connections' packets to their holder; in Prepare empty */
  readonly forwarded?: readonly ConnectionPorts[];
}

export interface InitFrame extends Omit<PrepareFrame, 'kind'> {
  readonly kind: 'init';
  /** sequence number of the last Binding Update that the client accepted */
  readonly sequence: number;
  readonly tcpState: Uint8Array;
  readonly applicationState: Uint8Array;
  /** the donor's own, for an acceptor that nobody has prepared; goes with a variant alone */
  readonly home?: HomeProof;
}

interface BeginningCodecs {
  readonly prepare: FrameCodec<PrepareFrame>;
  readonly init: FrameCodec<InitFrame>;
}

export const beginningCodecs: BeginningCodecs = {
  prepare: {
    encode: encodeHead,
    decode: (body) => ({ kind: 'prepare', ...decodeHead(body) }),
  },
  init: { encode: encodeInit, decode: decodeInit },
};

/** Prepare and Init of clients without Mobile IPv6, which have types of their own. */
export const forwardedCodecs: BeginningCodecs = {
  prepare: {
    carries: ({ forwarded, variant }) => forwarded !== undefined && variant === undefined,
    encode: (frame) => beginningCodecs.prepare.encode(frame),
    decode: (body) => ({ ...beginningCodecs.prepare.decode(body), forwarded: [] }),
  },
  init: {
    carries: ({ forwarded, variant }) => forwarded !== undefined && variant === undefined,
    encode: ({ forwarded = [], ...frame }) =>
      Buffer.concat([u8(forwarded.length), encodePorts(forwarded), encodeInit(frame)]),
    decode(body) {
      const forwarded = decodePorts(body.bytes(4 * body.u8()));
      return { ...decodeInit(body), forwarded };
    },
  },
};

/** Prepare and Init that tell their variant. */
export const toldCodecs: BeginningCodecs = {
  prepare: {
    carries: ({ variant }) => variant !== undefined,
    encode: encodeTold,
    decode(body) {
      const { isPlain, givesHome: _, ...told } = decodeTold(body);
      return { kind: 'prepare', ...told, ...(isPlain ? { forwarded: [] } : {}) };
    },
  },
  init: {
    carries: ({ variant }) => variant !== undefined,
    encode(frame) {
      const { forwarded } = frame;
      const ports = forwarded === undefined ? [] : [u8(forwarded.length), encodePorts(forwarded)];
      return Buffer.concat([encodeTold(frame), ...encodeHome(frame.home), ...ports, encodeStates(frame)]);
    },
    decode(body) {
      const { isPlain, givesHome, ...told } = decodeTold(body);
      const home = givesHome ? { home: decodeHome(body) } : {};
      const ports = isPlain ? { forwarded: decodePorts(body.bytes(4 * body.u8())) } : {};
      return { kind: 'init', ...told, ...home, ...ports, ...decodeStates(body) };
    },
  },
};

function encodeHead({ handoff, client, contactAddress }: Beginning): Buffer {
  return Buffer.concat([u32(handoff), ipv6ToBytes(client), ipv6ToBytes(contactAddress)]);
}

function decodeHead(body: FrameOctets): Pick<Beginning, 'handoff' | 'client' | 'contactAddress'> {
  return { handoff: body.u32(), client: body.address(), contactAddress: body.address() };
}

function encodeStates({ sequence, tcpState, applicationState }: InitFrame): Buffer {
  return Buffer.concat([u16(sequence), u32(tcpState.length), tcpState, applicationState]);
}

function decodeStates(body: FrameOctets): Pick<InitFrame, 'sequence' | 'tcpState' | 'applicationState'> {
  return { sequence: body.u16(), tcpState: body.bytes(body.u32()), applicationState: body.rest() };
}

function encodeInit(frame: InitFrame): Buffer {
  return Buffer.concat([encodeHead(frame), encodeStates(frame)]);
}

function decodeInit(body: FrameOctets): InitFrame {
  return { kind: 'init', ...decodeHead(body), ...decodeStates(body) };
}

/** What both that tell their variant begin with. */
function encodeTold(frame: Beginning): Buffer {
  const { variant = new Uint8Array(0), forwarded } = frame;
  const givesHome = frame.kind === 'init' && frame.home !== undefined;
  const flags = (forwarded === undefined ? 0 : FLAG.plain) | (givesHome ? FLAG.home : 0);
  return Buffer.concat([encodeHead(frame), u8(variant.length), variant, u8(flags)]);
}

function decodeTold(body: FrameOctets) {
  const told = { ...decodeHead(body), variant: body.string() };
  const flags = body.u8();
  return { ...told, isPlain: (flags & FLAG.plain) !== 0, givesHome: (flags & FLAG.home) !== 0 };
}

function encodeHome(home: HomeProof | undefined): Buffer[] {
  if (home === undefined) return [];
  return [u16(home.homeNonceIndex), Buffer.from(home.homeKeygenToken), u32(Math.ceil(home.ageMs))];
}

function decodeHome(body: FrameOctets): HomeProof {
  return {
    homeNonceIndex: body.u16(),
    homeKeygenToken: body.bytes(KEYGEN_TOKEN_OCTETS),
    ageMs: body.u32(),
  };
}
