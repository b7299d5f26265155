import type { LogicalPacket } from '../../analysis/capture/decode.ts';
import { type SoakVerdict, soakVerdict } from '../../analysis/soak/check-soak.ts';
import type { SoakPacket } from '../../analysis/soak/packets.ts';
import type { MemorySample, SoakEvent, SoakFiles, SoakRecord } from '../../analysis/soak/record.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { wideAreaNetwork } from '../../topologies/wide-area.ts';

const { roles } = wideAreaNetwork({ members: 3, sites: 3, contactAddresses: 1, clients: 1, clientSites: 1 });
export const contact = roles.contactAddresses[0]!.address;
export const client = roles.clients[0]!.address;
export const careOf = (member: string): string => roles.members.find(({ name }) => name === member)!.address;
export const clientPort = 5000;
const servicePort = 8080;

export function event(atMs: number, node: string, name: string, fields: SoakEvent['fields'] = {}): SoakEvent {
  return { atMs, node, event: name, fields };
}

/** A visit that node1 takes, and hands off to node2 after a second. */
export const goodEvents: readonly SoakEvent[] = [
  event(-900, 'node1', 'contact-claimed', { epoch: 0 }),
  event(-800, 'ha1', 'registration-accepted', {
    change: 'created',
    homeAddress: contact,
    careOfAddress: careOf('node1'),
  }),
  ...['node2', 'node3'].map((node) =>
    event(-700, node, 'contact-followed', { contactNode: careOf('node1'), epoch: 0 }),
  ),
  ...['node1', 'node2', 'node3'].map((node) => event(-600, node, 'ready')),
  event(0, 'conductor', 'schedule-started'),
  event(100, 'client1', 'visit-started', { name: 'client1-1', server: contact }),
  event(140, 'client1', 'visit-connected', { name: 'client1-1', port: clientPort }),
  event(160, 'node1', 'client-connected', { client, port: clientPort }),
  event(1100, 'node1', 'handoff-requested', { client, acceptor: careOf('node2') }),
  event(1110, 'node1', 'socket-extracted', { client }),
  event(1150, 'node2', 'init-received', { client, donor: careOf('node1') }),
  event(1200, 'node2', 'socket-activated', { client }),
  event(1240, 'node1', 'handed-off', { client, acceptor: careOf('node2') }),
  event(3000, 'client1', 'visit-finished', finished(true)),
  event(9000, 'conductor', 'schedule-finished'),
];

export function finished(ok: boolean, intact = true): SoakEvent['fields'] {
  return { name: 'client1-1', ok, intact, problem: ok ? '' : 'Error: not finished', bytes: 1000 };
}

const nobody: LogicalPacket = {
  kind: 'ipv6',
  tunnels: [],
  outer: { source: ipv6(contact), destination: ipv6(client) },
  network: { source: ipv6(contact), destination: ipv6(client) },
  homeAddress: undefined,
  routedTo: undefined,
  source: ipv6(contact),
  destination: ipv6(client),
  upper: { kind: 'other', protocol: 59 },
};

export const goodPackets: readonly SoakPacket[] = [
  fromMember(200, 'node1', { sequence: 1 }),
  fromMember(1105, 'node1', { sequence: 1001 }),
  fromMember(1201, 'node2', { sequence: 2001 }),
  fromMember(2900, 'node2', { sequence: 3001 }),
];

/** A segment to the client over the optimised route; `reset`: without octets. */
export function fromMember(
  atMs: number,
  member: string,
  { sequence = 1, reset = false }: { readonly sequence?: number; readonly reset?: boolean },
): SoakPacket {
  const network = { source: ipv6(careOf(member)), destination: ipv6(client) };
  const upper = {
    kind: 'tcp',
    sourcePort: servicePort,
    destinationPort: clientPort,
    sequence,
    acknowledgement: 1,
    flags: TCP_FLAG.ack | (reset ? TCP_FLAG.rst : 0),
    window: 100,
    payloadLength: reset ? 0 : 1000,
    payloadPrefix: new Uint8Array(),
  } as const;
  return {
    atMs,
    direction: 'in',
    packet: { ...nobody, outer: network, network, homeAddress: ipv6(contact), upper },
  };
}

/** The same segment within a tunnel, to another member or to the home agent. */
export function tunnelled(packet: SoakPacket, from: string, to: string): SoakPacket {
  const destination = ipv6(to === 'ha1' ? roles.gateways[0]!.address : careOf(to));
  const outer = { source: ipv6(careOf(from)), destination };
  const network = nobody.network;
  return {
    ...packet,
    packet: { ...packet.packet, tunnels: [outer], outer, network, homeAddress: undefined },
  };
}

export function esp(atMs: number, member: string, sequence: number): SoakPacket {
  const network = { source: ipv6(careOf(member)), destination: ipv6(roles.gateways[0]!.address) };
  const upper = { kind: 'esp', spi: 0x1001, sequence, octets: new Uint8Array() } as const;
  return { atMs, direction: 'in', packet: { ...nobody, outer: network, network, upper } };
}

const quiet = 'machine node1\nxfrm nothing\nmachine node2\n';

export function verdictOn(
  files: {
    readonly events?: readonly SoakEvent[];
    readonly packets?: readonly SoakPacket[];
    readonly memory?: readonly MemorySample[];
    readonly kernelAfter?: string;
    readonly record?: Partial<SoakRecord>;
  } = {},
): SoakVerdict {
  const { events = goodEvents, packets = goodPackets, memory = [], kernelAfter = quiet } = files;
  const deadlineMs = 300_000;
  const visits = [{ name: 'client1-1', host: 'client1', server: contact, deadlineMs }];
  const record: SoakRecord = {
    seed: 5,
    size: {},
    servicePort,
    channelPort: 7000,
    roles,
    network: { spanMs: 40, jitterMs: 0, lossPct: 0 },
    group: { heartbeatMs: 500 },
    agents: { correspondents: { correspondents1: ['client1'] } },
    membership: { joins: [] },
    disturbances: [],
    visits,
    ...files.record,
  };
  const inTime = <T extends { readonly atMs: number }>(all: readonly T[]) =>
    all.toSorted((one, other) => one.atMs - other.atMs);
  const all: SoakFiles = {
    record,
    events: inTime(events),
    originNs: 0n,
    memory,
    kernelBefore: quiet,
    kernelAfter,
  };
  return soakVerdict(all, inTime(passedOn(packets)));
}

/** What comes in goes out 20 ms later, where the test itself says nothing of what goes out. */
function passedOn(packets: readonly SoakPacket[]): readonly SoakPacket[] {
  if (packets.some(({ direction }) => direction === 'out')) return packets;
  return packets.flatMap((packet) => [packet, { ...packet, direction: 'out', atMs: packet.atMs + 20 }]);
}

interface Segment {
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly octets?: number;
  readonly flags?: number;
}

/** A segment of the client's to the contact address, as it comes in at the core router. */
export function fromClient(
  atMs: number,
  { sequence = 1, octets = 100, flags = TCP_FLAG.ack }: Segment,
): SoakPacket {
  const ends = { source: ipv6(client), destination: ipv6(contact) };
  return {
    atMs,
    direction: 'in',
    packet: {
      ...nobody,
      ...ends,
      outer: ends,
      network: ends,
      upper: segmentOf(clientPort, servicePort, { sequence, octets, flags }),
    },
  };
}

/** A segment of a member's, as it comes in at the core router or, a path's latency later, goes out to the client. */
export function serverSegment(
  atMs: number,
  direction: SoakPacket['direction'],
  { sequence = 1, acknowledgement = 1, octets = 0 }: Segment,
): SoakPacket {
  const network = { source: ipv6(careOf('node1')), destination: ipv6(client) };
  return {
    atMs,
    direction,
    packet: {
      ...nobody,
      outer: network,
      network,
      homeAddress: ipv6(contact),
      upper: segmentOf(servicePort, clientPort, { sequence, acknowledgement, octets }),
    },
  };
}

function segmentOf(
  sourcePort: number,
  destinationPort: number,
  { sequence = 1, acknowledgement = 1, octets = 0, flags = TCP_FLAG.ack }: Segment,
) {
  return {
    kind: 'tcp',
    sourcePort,
    destinationPort,
    sequence,
    acknowledgement,
    flags,
    window: 100,
    payloadLength: octets,
    payloadPrefix: new Uint8Array(),
  } as const;
}
