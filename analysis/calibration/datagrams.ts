import type { LogicalPacket } from '../capture/decode.ts';
import type { CapturedPacket } from '../capture/pcap-reader.ts';

/** What a datagram of the calibration says of itself. */
interface DatagramLabel {
  readonly repetition: number;
  readonly purpose: 'probe' | 'flood';
  /** within its flow, from 0 */
  readonly sequence: number;
}

/** Local port of the bulk connection of repetition 0; each further repetition takes the next. */
export const firstBulkPort = 20_000;

/*
 * Payload: order number 4 octets (repetition · 256 + purpose), sequence number 4 octets, then zeros. The senders
 * (applications/udp-source.ts) write it as the procedure `calibration` orders.
 */
const layout = { order: 0, sequence: 4, octets: 8 } as const;
const purposes = ['probe', 'flood'] as const;
const ordersPerRepetition = 256;

/** Reads the label; undefined for a packet that is none of the calibration's datagrams. */
export function labelOf(
  captured: CapturedPacket,
  { upper }: LogicalPacket,
  port: number,
): DatagramLabel | undefined {
  if (upper.kind !== 'udp' || upper.destinationPort !== port || upper.sourcePort !== port) return undefined;
  const { bytes, originalLength } = captured;
  const at = originalLength - upper.payloadLength;
  if (upper.payloadLength < layout.octets || at + layout.octets > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = view.getUint32(at + layout.order);
  const purpose = purposes[order % ordersPerRepetition];
  if (purpose === undefined) return undefined;
  const sequence = view.getUint32(at + layout.sequence);
  return { repetition: Math.floor(order / ordersPerRepetition), purpose, sequence };
}
