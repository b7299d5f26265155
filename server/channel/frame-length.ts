import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { IPV6_ADDRESS_OCTETS, type Ipv6Address, ipv6FromBytes } from '../../mip6/wire/address.ts';
import { SMALL_OCTETS } from './frame-limits.ts';
import { frameOfType, frameTable } from './frame-table.ts';
import { OF_CONTACT_TYPE } from './of-contact.ts';

/** Octets of a frame's length, which does not count itself. */
const LENGTH_OCTETS = 4;
/** The same and those of its type. */
export const FRAME_HEADER_OCTETS = LENGTH_OCTETS + 1;
/** A frame about a further contact address has behind its header that address, and the type of what it encloses. */
const ENCLOSING_HEADER_OCTETS = FRAME_HEADER_OCTETS + IPV6_ADDRESS_OCTETS + 1;
/** A frame that is not known here, and may be passed over. */
const UNKNOWN_OCTETS = 65_536;

/** Of the longest frame that there is. */
export const LARGEST_FRAME_OCTETS: number =
  FRAME_HEADER_OCTETS + Math.max(...frameTable.map(({ type }) => largestBody(type)));

/** What a frame's first octets say of it. */
interface FrameHead {
  /** of the whole frame */
  readonly octets: number;
  /** of what it is about: of an enclosing frame the type of the enclosed one */
  readonly type: number;
  /** of an enclosing frame */
  readonly contactAddress?: Ipv6Address;
}

/** How many octets a frame's head has: all that tells its kind. `octets` begin with the frame, `FRAME_HEADER_OCTETS` or more of them. */
export function headOctets(octets: ArrayLike<number>): number {
  return octets[LENGTH_OCTETS] === OF_CONTACT_TYPE ? ENCLOSING_HEADER_OCTETS : FRAME_HEADER_OCTETS;
}

/** Undefined while there are too few octets. Whether a frame of that type may be so long is not looked at. */
export function frameHead(octets: Buffer): FrameHead | undefined {
  if (octets.length < FRAME_HEADER_OCTETS || octets.length < headOctets(octets)) return undefined;
  const whole = octets.readUInt32BE(0) + LENGTH_OCTETS;
  const type = octets[LENGTH_OCTETS]!;
  if (type !== OF_CONTACT_TYPE) return { octets: whole, type };
  const address = octets.subarray(FRAME_HEADER_OCTETS, FRAME_HEADER_OCTETS + IPV6_ADDRESS_OCTETS);
  return {
    octets: whole,
    type: octets[ENCLOSING_HEADER_OCTETS - 1]!,
    contactAddress: ipv6FromBytes(address),
  };
}

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
  const type = octets[LENGTH_OCTETS]!;
  const body = length - 1;
  if (length < 1) throw new ProtocolError('channel frame of 0 octets');
  requireFits(type, body);
  if (type === OF_CONTACT_TYPE && body > SMALL_OCTETS) {
    const inner = octets[ENCLOSING_HEADER_OCTETS - 1];
    if (inner === undefined) return undefined;
    requireFits(inner, body - IPV6_ADDRESS_OCTETS - 1);
  }
  return length + LENGTH_OCTETS;
}

function requireFits(type: number, body: number): void {
  const most = largestBody(type);
  if (body > most)
    throw new ProtocolError(`channel frame of type ${type} with ${body} octets: it has ${most} at most`);
}
