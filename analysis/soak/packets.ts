import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { decodePacket, type LogicalPacket } from '../capture/decode.ts';
import { PcapReader } from '../capture/pcap-reader.ts';
import type { SoakRecord, Violation } from './record.ts';
import { excuseAt, type Visit } from './visit.ts';

/** An IPv6 packet as the core router saw it come in, or go out behind the path's latency and loss. */
export interface SoakPacket {
  readonly atMs: number;
  readonly direction: 'in' | 'out';
  readonly packet: LogicalPacket;
}

/** All packets that come in or go out at the core router, in the order of time. Throws DecodeError for what is no capture. */
export function* packetsOf(capture: string, originNs: bigint): Generator<SoakPacket> {
  using reader = new PcapReader(capture);
  for (const captured of reader.packets()) {
    const { direction } = captured;
    if (direction !== 'in' && direction !== 'out') continue;
    const packet = decodePacket(captured);
    if (packet.kind !== 'ipv6') continue;
    const originFromEpoch = reader.sinceEpoch(originNs);
    yield { atMs: (captured.timeNs - originFromEpoch) / 1e6, direction, packet };
  }
}

/** after a member has let a connection go, what it sent may still wait at its uplink; ms */
const uplinkMs = 20;
/** a member says that it has a connection right behind the first segment, ms */
const tellingMs = 1;
/** a forwarded segment comes by again behind the member that forwards it within this, ms */
const forwardedMs = 5000;

/**
 * What the capture says of resets and holders: no RST comes to a client whose connection lives, and each octet of a connection
 * comes from the member that has it by its own log.
 */
export class PacketCheck {
  readonly violations: Violation[] = [];
  /** resets of connections that were over or lost anyway */
  otherResets = 0;
  packets = 0;
  readonly #record: Pick<SoakRecord, 'roles' | 'servicePort'>;
  readonly #memberOf: ReadonlyMap<string, string>;
  readonly #contactAddresses: ReadonlySet<string>;
  /** client, port and contact address → visits, in the order of time */
  readonly #visits: ReadonlyMap<string, readonly Visit[]>;
  /** segments seen on their way from member to member: segment and the member it goes to → when */
  readonly #forwarded = new Map<string, number>();
  /** ESP association → sequence number → who has sent it */
  readonly #esp = new Map<
    number,
    { readonly senders: Map<number, string>; readonly last: Map<string, number> }
  >();
  readonly #told = new Set<string>();

  constructor(record: Pick<SoakRecord, 'roles' | 'servicePort'>, visits: readonly Visit[]) {
    this.#record = record;
    this.#memberOf = new Map(record.roles.members.map(({ name, address }) => [address, name]));
    this.#contactAddresses = new Set(record.roles.contactAddresses.map(({ address }) => address));
    this.#visits = Map.groupBy(
      visits.filter(({ port }) => port !== undefined),
      ({ client, port, server }) => keyOf(client, port!, server),
    );
  }

  /** To be called with all packets in the order of time. */
  take({ atMs, direction, packet }: SoakPacket): void {
    if (direction === 'out') return;
    this.packets++;
    const { upper } = packet;
    if (upper.kind === 'esp') this.#sequence(atMs, packet, upper);
    if (upper.kind !== 'tcp' || upper.sourcePort !== this.#record.servicePort) return;
    if (!this.#contactAddresses.has(packet.source)) return;
    const visit = this.#visitAt(keyOf(packet.destination, upper.destinationPort, packet.source), atMs);
    if ((upper.flags & TCP_FLAG.rst) !== 0) this.#reset(atMs, packet, visit);
    else if (upper.payloadLength > 0 && visit !== undefined) this.#octets(atMs, packet, visit);
  }

  #visitAt(key: string, atMs: number): Visit | undefined {
    const { POSITIVE_INFINITY } = Number;
    return this.#visits
      .get(key)
      ?.find(({ startedMs, finishedMs = POSITIVE_INFINITY }) => startedMs <= atMs && atMs <= finishedMs);
  }

  #reset(atMs: number, packet: LogicalPacket, visit: Visit | undefined): void {
    if (visit === undefined || excuseAt(visit, atMs) !== undefined) {
      this.otherResets++;
      return;
    }
    this.#once('no-reset', atMs, visit.name, `${visit.name}: a reset from ${packet.outer.source}`);
  }

  #octets(atMs: number, packet: LogicalPacket, visit: Visit): void {
    const sender = this.#sender(atMs, packet);
    if (sender === undefined) return;
    const holds = visit.holdings.some(
      ({ member, fromMs, toMs, fenced }) =>
        member === sender && fromMs - tellingMs <= atMs && (fenced === true || atMs <= toMs + uplinkMs),
    );
    if (holds) return;
    const holders = visit.holdings.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs);
    const had = holders.map(({ member }) => member).join(' and ') || 'nobody';
    const text = `${visit.name}: octets from ${sender}, while ${had} has the connection`;
    this.#once('one-holder', atMs, `${visit.name} ${sender}`, text);
  }

  /** The member that has sent a segment itself; undefined for one that only comes by again, or whose sender cannot be seen. */
  #sender(atMs: number, packet: LogicalPacket): string | undefined {
    const { tunnels, network, outer, upper } = packet;
    if (upper.kind !== 'tcp') return undefined;
    const segment = `${packet.destination} ${upper.destinationPort} ${upper.sequence} ${upper.payloadLength}`;
    const to = tunnels.length === 0 ? undefined : this.#memberOf.get(outer.destination);
    if (to !== undefined) this.#remember(`${segment} ${to}`, atMs);
    // Behind the home agent's tunnel a packet has the contact address itself; what a contact node sends on to a client that is bound to it has its own.
    const sender = this.#memberOf.get(tunnels.length === 0 ? network.source : outer.source);
    const came = this.#forwarded.get(`${segment} ${sender}`) ?? Number.NEGATIVE_INFINITY;
    return atMs - came < forwardedMs ? undefined : sender;
  }

  /** In the order of time, so that those that have expired are first. */
  #remember(passage: string, atMs: number): void {
    this.#forwarded.delete(passage);
    this.#forwarded.set(passage, atMs);
    for (const [earlier, seenMs] of this.#forwarded) {
      if (atMs - seenMs < forwardedMs) return;
      this.#forwarded.delete(earlier);
    }
  }

  /** Fences between terms: no two members ever use one ESP number of an association, and none goes back. */
  #sequence(
    atMs: number,
    { outer }: LogicalPacket,
    { spi, sequence }: Extract<LogicalPacket['upper'], { kind: 'esp' }>,
  ): void {
    const member = this.#memberOf.get(outer.source);
    if (member === undefined) return;
    const known = this.#esp.get(spi) ?? { senders: new Map(), last: new Map() };
    this.#esp.set(spi, known);
    const other = known.senders.get(sequence);
    if (other !== undefined && other !== member) {
      const text = `association ${spi}: ${member} sends number ${sequence}, which ${other} has sent`;
      this.#once('one-contact-node', atMs, `${spi} ${member} ${other}`, text);
    }
    const last = known.last.get(member) ?? -1;
    if (sequence <= last) {
      const text = `association ${spi}: ${member} sends number ${sequence} after ${last}`;
      this.#once('one-contact-node', atMs, `${spi} ${member}`, text);
    }
    known.senders.set(sequence, member);
    known.last.set(member, sequence);
  }

  /** The first of its kind tells it all. */
  #once(invariant: Violation['invariant'], atMs: number, key: string, text: string): void {
    if (this.#told.has(`${invariant} ${key}`)) return;
    this.#told.add(`${invariant} ${key}`);
    this.violations.push({ invariant, atMs, text });
  }
}

function keyOf(client: string, port: number, server: string): string {
  return `${client} ${port} ${server}`;
}
