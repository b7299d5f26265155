/*
 * TCP header, RFC 9293 §3.1, as far as anybody here reads or writes it.
 *
 *   octet  width  field
 *   0      2      Source Port
 *   2      2      Destination Port
 *   4      4      Sequence Number
 *   8      4      Acknowledgement Number
 *   12     1      Data Offset: length of the header in units of 4 octets (upper 4 bits)
 *   13     1      flags
 *   14     2      Window, scaled by the sender's own shift
 *   16     2      Checksum, over a pseudo-header as well
 */
export const TCP_LAYOUT = {
  sourcePort: { name: 'source port', at: 0, octets: 2 },
  destinationPort: { name: 'destination port', at: 2, octets: 2 },
  sequence: { name: 'sequence number', at: 4, octets: 4 },
  acknowledgement: { name: 'acknowledgement number', at: 8, octets: 4 },
  dataOffset: { name: 'data offset', at: 12, octets: 1 },
  flags: { name: 'flags', at: 13, octets: 1 },
  window: { name: 'window', at: 14, octets: 2 },
  checksum: { name: 'checksum', at: 16, octets: 2 },
} as const;

/** Octets without options. */
export const TCP_HEADER_OCTETS = 20;
/** With as many options as there can be. */
export const LONGEST_TCP_HEADER_OCTETS = 60;

export const TCP_FLAG = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10 } as const;

/** Octets of the header at `at` by its own data offset. */
export function tcpHeaderOctets(bytes: Uint8Array, at: number): number {
  return (bytes[at + TCP_LAYOUT.dataOffset.at]! >> 4) * 4;
}
