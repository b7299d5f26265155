import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import type { FrameCodec, FrameCodecs } from '../channel/frame-codec.ts';
import { type FrameOctets, u8, u32 } from '../channel/frame-octets.ts';
import type { Epoch } from '../contact/epochs.ts';

const outcomes = ['published', 'withdrawn', 'expired', 'kept', 'refused'] as const;

/** What became of a wish; see ZoneFrame. */
export type ZoneOutcome = (typeof outcomes)[number];

/**
 * What contact nodes and the agent at the name server say to each other about contact addresses in the DNS (paper §7.3), in frames of
 * a channel like the members'; the last one is for the members' own.
 *
 * Bodies; every one starts with the contact address (16) and the epoch in which its contact node speaks (u32). Integers are big-endian.
 *   Publish   nothing more: the address is reachable
 *   Withdraw  nothing more: nobody shall come to it any more
 *   State     0: resolvers get it, 1: they get it no more, 2: nor has any of them kept it, 3: it stays, being the last one,
 *             4: you are not trusted, or another contact node has spoken since (u8); serial of the zone (u32); with 1, the
 *             rest of the records' lifetime in ms, else 0 (u32)
 *   Retired   nothing more: said to all members; the address has ended, and nobody shall take it over
 */
export type ZoneFrame = { readonly contactAddress: Ipv6Address; readonly epoch: Epoch } & (
  | { readonly kind: 'zone-publish' | 'zone-withdraw' | 'contact-retired' }
  | {
      readonly kind: 'zone-state';
      readonly outcome: ZoneOutcome;
      readonly serial: number;
      readonly remainingMs: number;
    }
);

type Frame<Kind> = ZoneFrame & { readonly kind: Kind };

export const zoneCodecs: FrameCodecs<ZoneFrame> = {
  'zone-publish': saysNoMore('zone-publish'),
  'zone-withdraw': saysNoMore('zone-withdraw'),
  'zone-state': {
    encode: (frame) =>
      Buffer.concat([
        ...encodeHead(frame),
        u8(outcomes.indexOf(frame.outcome)),
        u32(frame.serial),
        u32(frame.remainingMs),
      ]),
    decode: (body) => ({ ...decodeHead(body), kind: 'zone-state', ...decodeState(body) }),
  },
  'contact-retired': saysNoMore('contact-retired'),
};

/** Whether a frame of a channel is one of these. */
export function isZoneFrame(frame: { readonly kind: string }): frame is ZoneFrame {
  return Object.hasOwn(zoneCodecs, frame.kind);
}

/** Than its contact address and the epoch. */
function saysNoMore<const Kind extends 'zone-publish' | 'zone-withdraw' | 'contact-retired'>(
  kind: Kind,
): FrameCodec<Frame<Kind>> {
  return {
    encode: (frame) => Buffer.concat(encodeHead(frame)),
    decode: (body) => ({ ...decodeHead(body), kind }) as Frame<Kind>,
  };
}

function encodeHead({ contactAddress, epoch }: ZoneFrame): readonly Uint8Array[] {
  return [ipv6ToBytes(contactAddress), u32(epoch)];
}

function decodeHead(body: FrameOctets): Pick<ZoneFrame, 'contactAddress' | 'epoch'> {
  return { contactAddress: body.address(), epoch: body.u32() };
}

function decodeState(body: FrameOctets) {
  const outcome = outcomes[body.u8()];
  if (outcome === undefined) throw new ProtocolError('channel frame State with an unknown outcome');
  return { outcome, serial: body.u32(), remainingMs: body.u32() };
}
