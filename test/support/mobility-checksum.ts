import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { mobilityHeaderChecksum } from '../../mip6/wire/mobility-header.ts';

/** Whether a Mobility Header's checksum is right for these end points; addresses as for `mobilityHeaderChecksum`. */
export function verifyMobilityHeaderChecksum(
  bytes: Uint8Array,
  source: Ipv6Address,
  destination: Ipv6Address,
): boolean {
  const right = mobilityHeaderChecksum(bytes, source, destination);
  return Buffer.from(bytes).readUInt16BE(4) === right;
}
