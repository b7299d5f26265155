import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import type { FrameCodecs } from './frame-codec.ts';
import { FrameOctets, u8, u32 } from './frame-octets.ts';
import type { Announcement } from './versions.ts';

/**
 * What opens a channel, from each end.
 *   Hello   care-of address of the sender (16), a number that its process drew when it started (u32); from version 1 on the newest and the
 *           oldest version that it speaks (u8 each), capabilities (u32, see versions.ts), and what later versions may add (the rest)
 *   Padding zeros: opens the windows of a new connection
 */
export type GreetingFrame = HelloFrame | { readonly kind: 'padding'; readonly octets: number };

export interface HelloFrame {
  readonly kind: 'hello';
  readonly careOfAddress: Ipv6Address;
  /** tells processes at one address apart */
  readonly incarnation: number;
  /** absent: from before there were versions */
  readonly announced?: Announcement;
}

export const greetingCodecs: FrameCodecs<GreetingFrame> = {
  hello: { encode: encodeHello, decode: decodeHello },
  padding: {
    encode: ({ octets }) => Buffer.alloc(octets),
    decode: (body) => ({ kind: 'padding', octets: body.rest().length }),
  },
};

/** Whether a frame of the channel is one of these. */
export function isGreetingFrame(frame: { readonly kind: string }): frame is GreetingFrame {
  return Object.hasOwn(greetingCodecs, frame.kind);
}

function encodeHello({ careOfAddress, incarnation, announced }: HelloFrame): Buffer {
  const head = [ipv6ToBytes(careOfAddress), u32(incarnation)];
  if (announced === undefined) return Buffer.concat(head);
  const { newest, oldest, capabilities } = announced;
  return Buffer.concat([...head, u8(newest), u8(oldest), u32(capabilities)]);
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
