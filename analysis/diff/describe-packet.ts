import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import type { CapturedPacket } from '../capture/pcap-reader.ts';
import type { TcpSegment, Upper } from '../capture/upper-layer.ts';

/** A packet in one line: direction, addresses as on the wire, what the mobility headers say, and the layer above. */
export function describePacket(packet: CapturedPacket): string {
  const way = `${packet.direction} on interface ${packet.interfaceIndex}`;
  const decoded = decodePacket(packet);
  switch (decoded.kind) {
    case 'malformed':
      return `${way}, malformed: ${decoded.reason}`;
    case 'foreign':
      return `${way}, no IPv6: EtherType 0x${decoded.etherType.toString(16).padStart(4, '0')}`;
    default:
      return `${way}, ${addresses(decoded)}, ${upper(decoded.upper)}`;
  }
}

function addresses(packet: LogicalPacket): string {
  const parts = packet.tunnels.map(({ source, destination }) => `in a tunnel ${source} → ${destination}`);
  parts.push(`${packet.network.source} → ${packet.network.destination}`);
  if (packet.homeAddress !== undefined) parts.push(`home address ${packet.homeAddress}`);
  if (packet.routedTo !== undefined) parts.push(`routed on to ${packet.routedTo}`);
  return parts.join(', ');
}

function upper(layer: Upper): string {
  switch (layer.kind) {
    case 'tcp':
      return tcp(layer);
    case 'mobility':
      return mobility(layer.message);
    case 'udp':
      return `UDP ${layer.sourcePort} → ${layer.destinationPort}, ${layer.payloadLength} octets`;
    case 'icmpv6':
      return `ICMPv6 type ${layer.type} code ${layer.code}`;
    case 'esp':
      return `ESP SPI 0x${layer.spi.toString(16)}, sequence ${layer.sequence}`;
    default:
      return `protocol ${layer.protocol}`;
  }
}

function tcp(segment: TcpSegment): string {
  const flags = Object.entries(TCP_FLAG)
    .filter(([, bit]) => (segment.flags & bit) !== 0)
    .map(([name]) => name.toUpperCase());
  const { sourcePort, destinationPort, sequence, acknowledgement, window, payloadLength } = segment;
  const numbers = `sequence ${sequence}, acknowledgement ${acknowledgement}, window ${window}`;
  return `TCP ${sourcePort} → ${destinationPort}, ${flags.join(' ')}, ${numbers}, ${payloadLength} octets`;
}

/** The message's name and every number in it; octet strings in hexadecimal. */
function mobility(message: MobilityMessage): string {
  const fields = Object.entries(message).flatMap(([name, value]: [string, unknown]) =>
    name === 'kind' || name === 'options' ? [] : `${name} ${plain(value)}`,
  );
  const options =
    'options' in message
      ? message.options.map((option) =>
          Object.values(option)
            .map((value) => plain(value))
            .join(' '),
        )
      : [];
  return [message.kind, ...fields, ...options].join(', ');
}

function plain(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}
