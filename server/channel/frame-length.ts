import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { SMALL_OCTETS } from './frame-limits.ts';
import { frameOfType, typesOf } from './frame-table.ts';

/** Octets of a frame's length, which does not count itself, and of its type. */
export const FRAME_HEADER_OCTETS = 5;
/** A frame that is not known here, and may be passed over. */
const UNKNOWN_OCTETS = 65_536;
const CONTACT_ADDRESS_OCTETS = 16;
const ofContact = typesOf('of-contact')['of-contact'];

/** The largest body of a frame of this type, octets; the type need not be a known one. */
export function largestBody(type: number): number {
  const row = frameOfType(type);
  return row === undefined ? UNKNOWN_OCTETS : (row.most ?? SMALL_OCTETS);
}

/**
 * Octets of the whole frame that begins with `octets`; undefined while that cannot be told yet. Throws ProtocolError for a length that
 * no frame of this type has: it is refused by its header alone, and nobody has to keep what cannot be one.
 */
export function frameLength(octets: Buffer): number | undefined {
  if (octets.length < FRAME_HEADER_OCTETS) return undefined;
  const length = octets.readUInt32BE(0);
  const type = octets[4]!;
  const body = length - 1;
  if (length < 1) throw new ProtocolError('channel frame of 0 octets');
  requireFits(type, body);
  if (type === ofContact && body > SMALL_OCTETS) {
    const inner = octets[FRAME_HEADER_OCTETS + CONTACT_ADDRESS_OCTETS];
    if (inner === undefined) return undefined;
    requireFits(inner, body - CONTACT_ADDRESS_OCTETS - 1);
  }
  return length + 4;
}

function requireFits(type: number, body: number): void {
  const most = largestBody(type);
  if (body > most)
    throw new ProtocolError(`channel frame of type ${type} with ${body} octets: it has ${most} at most`);
}
