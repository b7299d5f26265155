import { execFileSync } from 'node:child_process';

/** A packet at the router. `source`, `destination`: of the IPv6 headers, outermost first. */
export interface Packet {
  readonly timeNs: bigint;
  readonly leaving: boolean;
  readonly interfaceIndex: number;
  readonly source: readonly string[];
  readonly destination: readonly string[];
  readonly routingHeader: string;
  readonly homeAddressOption: string;
  readonly spi: string;
  readonly mobilityHeaderType: string;
  readonly ports: readonly string[];
  readonly reset: boolean;
}

/** packet type in a Linux cooked capture */
const OUTGOING = '4';

/** What tshark, independent of our own decoders, reads in the router's packets. */
export function routerPackets(path: string): Packet[] {
  const fields = [
    'frame.time_epoch',
    'sll.pkttype',
    'sll.ifindex',
    'ipv6.src',
    'ipv6.dst',
    'ipv6.routing.mipv6.home_address',
    'ipv6.opt.mipv6.home_address',
    'esp.spi',
    'mip6.mhtype',
    'tcp.srcport',
    'tcp.dstport',
    'tcp.flags.reset',
  ];
  const words = ['-n', '-r', path, '-Y', 'ipv6', '-T', 'fields', '-E', 'separator=|'];
  const text = execFileSync('tshark', [...words, ...fields.flatMap((field) => ['-e', field])], {
    encoding: 'utf8',
  });
  return text.trimEnd().split('\n').map(parsePacket);
}

function parsePacket(line: string): Packet {
  const [time, packetType, index, source, destination, routingHeader, option, spi, type, from, to, reset] =
    line.split('|');
  const [seconds, fraction] = time!.split('.');
  return {
    timeNs: BigInt(seconds!) * 1_000_000_000n + BigInt(fraction!.padEnd(9, '0').slice(0, 9)),
    leaving: packetType === OUTGOING,
    interfaceIndex: Number(index),
    source: source!.split(','),
    destination: destination!.split(','),
    routingHeader: routingHeader!,
    homeAddressOption: option!,
    spi: spi!,
    mobilityHeaderType: type!,
    ports: from === '' ? [] : [from!, to!],
    reset: reset === '1' || reset === 'True',
  };
}
