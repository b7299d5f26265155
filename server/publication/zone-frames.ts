import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { FrameOctets, u8, u32 } from '../channel/frame-octets.ts';
import { typesOf } from '../channel/frame-table.ts';
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

/** Frame types on the wire. */
export const zoneFrameTypes: Readonly<Record<ZoneFrame['kind'], number>> = typesOf(
  'zone-publish',
  'zone-withdraw',
  'zone-state',
  'contact-retired',
);

/** Whether a frame of a channel is one of these. */
export function isZoneFrame(frame: { readonly kind: string }): frame is ZoneFrame {
  return Object.hasOwn(zoneFrameTypes, frame.kind);
}

/** What stands behind length and type on the wire. */
export function encodeZoneBody(frame: ZoneFrame): Buffer {
  const head = [ipv6ToBytes(frame.contactAddress), u32(frame.epoch)];
  if (frame.kind !== 'zone-state') return Buffer.concat(head);
  return Buffer.concat([
    ...head,
    u8(outcomes.indexOf(frame.outcome)),
    u32(frame.serial),
    u32(frame.remainingMs),
  ]);
}

/** The frame of this type; undefined when the type is none of these. Throws ProtocolError on an illegal body. */
export function decodeZoneBody(type: number | undefined, bytes: Uint8Array): ZoneFrame | undefined {
  const kind = (Object.keys(zoneFrameTypes) as ZoneFrame['kind'][]).find(
    (candidate) => zoneFrameTypes[candidate] === type,
  );
  if (kind === undefined) return undefined;
  const body = new FrameOctets(bytes);
  const head = { contactAddress: body.address(), epoch: body.u32() };
  const frame = kind === 'zone-state' ? { ...head, kind, ...decodeState(body) } : { ...head, kind };
  body.end();
  return frame;
}

function decodeState(body: FrameOctets) {
  const outcome = outcomes[body.u8()];
  if (outcome === undefined) throw new ProtocolError('channel frame State with an unknown outcome');
  return { outcome, serial: body.u32(), remainingMs: body.u32() };
}
