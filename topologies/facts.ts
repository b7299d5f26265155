import { interfacesOf } from './interfaces.ts';
import { routesOf } from './routes.ts';
import { type ClassFilter, type Discipline, type Qdisc, type SiteFilter, shaperOf } from './shaping.ts';
import { lossAsKept, NS_PER_TICK, rateAsKept } from './tc-limits.ts';
import type { Topology } from './topology.ts';

/** What is true of one machine's network: subject (`address client-eth0 2001:db8:c::2/64`) → state, both as text. */
export type Facts = ReadonlyMap<string, string>;

/** Like `Facts`, with all the ways in which a state may be told; the first is the one that was asked for. */
export type AskedFacts = ReadonlyMap<string, readonly string[]>;

/** What the topology asks of the machine, in the words in which `readFacts` tells what its kernel says. */
export function askedFacts(topology: Topology, node: string): AskedFacts {
  const facts = new Map<string, readonly string[]>();
  const ask = (subject: string, ...states: readonly string[]) => facts.set(subject, states);
  for (const at of interfacesOf(topology)) {
    if (at.node !== node) continue;
    ask(
      linkSubject(at.name),
      linkState({ index: at.index, mac: at.mac, mtu: at.mtu, up: true, quiet: true }),
    );
    ask(addressSubject(at.name, at.address, at.prefixLength), 'present');
    ask(neighbourSubject(at.name, at.peerAddress), at.peerMac);
    ask(routeSubject(at.prefix), routeState(undefined, at.name));
  }
  for (const route of routesOf(topology)) {
    if (route.node === node)
      ask(routeSubject(route.prefix), routeState(route.via, route.device, route.quickAck));
  }
  const shaper = shaperOf(topology);
  for (const qdisc of shaper.qdiscs) {
    if (qdisc.node !== node) continue;
    const told = waysOfTelling(qdisc).map(qdiscState);
    ask(qdiscSubject(qdisc.device, qdisc.handle), ...new Set(told));
  }
  for (const filter of shaper.filters) {
    if (filter.node === node) ask(filterSubject(filter), `to class ${filter.classId}`);
  }
  return facts;
}

export function linkSubject(device: string): string {
  return `link ${device}`;
}

export interface LinkState {
  readonly index: number;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** neither ARP nor multicast */
  readonly quiet: boolean;
}

export function linkState({ index, mac, mtu, up, quiet }: LinkState): string {
  return `index ${index}, ${mac}, MTU ${mtu}, ${up ? 'up' : 'down'}, ${quiet ? 'without' : 'with'} ARP or multicast`;
}

export function addressSubject(device: string, address: string, prefixLength: number): string {
  return `address ${device} ${address}/${prefixLength}`;
}

export function neighbourSubject(device: string, address: string): string {
  return `neighbour ${device} ${address}`;
}

export function routeSubject(prefix: string): string {
  return `route ${prefix}`;
}

export function routeState(via: string | undefined, device: string, quickAck = false): string {
  const way = via === undefined ? `on ${device}` : `via ${via} on ${device}`;
  return quickAck ? `${way}, quickack` : way;
}

export function qdiscSubject(device: string, handle: string): string {
  return `qdisc ${device} ${handle}`;
}

export function qdiscState(qdisc: Discipline & { readonly parent?: string | undefined }): string {
  const at = `${qdisc.kind} at ${qdisc.parent ?? 'the root'}`;
  switch (qdisc.kind) {
    case 'tbf':
      return `${at}, rate ${figure(qdisc.rateKbit)} kbit/s, burst ${qdisc.burstBytes} octets, limit ${qdisc.limitBytes} octets`;
    case 'prio':
      return `${at}, ${qdisc.bands} bands, usual ${qdisc.usualBand}`;
    case 'pfifo':
      return `${at}, limit ${qdisc.limitPackets} packets`;
    case 'netem': {
      const { delayMs, jitterMs, lossPct, limitPackets } = qdisc;
      const times = `delay ${figure(delayMs)} ms ± ${figure(jitterMs)} ms`;
      return `${at}, ${times}, loss ${figure(lossPct)} %, limit ${limitPackets} packets`;
    }
    default:
      return qdisc satisfies never;
  }
}

export function filterSubject(
  filter:
    | Pick<SiteFilter, 'device' | 'parent' | 'incoming'>
    | Pick<ClassFilter, 'device' | 'parent' | 'dscp'>,
): string {
  const { device, parent } = filter;
  return `filter ${device} ${parent} ${'dscp' in filter ? `of DSCP ${filter.dscp}` : `from ${filter.incoming}`}`;
}

/**
 * tc and the kernel count times in ticks of 64 ns. Some releases of tc tell the time that was asked for, some that of the ticks, some the
 * microseconds that are full: netem's 0.5 ms are 0.499968 ms in the kernel, told as 0.5, 0.49997 or 0.499 (multiples of 8 µs, so every
 * whole millisecond, are exact). A burst is told as what passes in such a time: 4541 octets at 1500 kbit/s, where the kernel was given 4542.
 */
function waysOfTelling(qdisc: Qdisc): readonly Qdisc[] {
  switch (qdisc.kind) {
    case 'tbf': {
      const octetsPerS = rateAsKept(qdisc.rateKbit);
      const ticks = Math.floor(passingNs(qdisc.burstBytes, octetsPerS) / NS_PER_TICK);
      const microseconds = Math.floor(ticks / TICKS_PER_US);
      const kept = { ...qdisc, rateKbit: (octetsPerS * 8) / 1000 };
      const least = Math.min(qdisc.burstBytes, Math.floor((octetsPerS * microseconds) / 1e6));
      const bursts = Array.from({ length: qdisc.burstBytes - least + 1 }, (_, i) => qdisc.burstBytes - i);
      return bursts.map((burstBytes) => ({ ...kept, burstBytes }));
    }
    case 'netem': {
      const kept = { ...qdisc, lossPct: lossAsKept(qdisc.lossPct) };
      const { delayMs, jitterMs } = qdisc;
      const told = (way: (ms: number) => number) => ({
        ...kept,
        delayMs: way(delayMs),
        jitterMs: way(jitterMs),
      });
      return [kept, told(timeInTicks), told(timeAsTold)];
    }
    case 'prio':
    case 'pfifo':
      return [qdisc];
    default:
      return qdisc satisfies never;
  }
}

/**
 * The time in which so many octets pass, ns, as the kernel reckons: with a factor of 32 bits (psched_ratecfg_precompute() and
 * psched_l2t_ns()), which may be a nanosecond short of the true time.
 */
function passingNs(octets: number, octetsPerS: number): number {
  const rate = BigInt(Math.max(1, octetsPerS));
  let shift = 0n;
  while ((1_000_000_000n << shift) / rate < 1n << 31n) shift++;
  const factor = (1_000_000_000n << shift) / rate;
  return Number((BigInt(octets) * factor) >> shift);
}

/** tc takes netem's times in whole microseconds. */
function timeAsTold(ms: number): number {
  return fullMicroseconds(Math.round(ms * 1000)) / 1000;
}

/** The same in the ticks that the kernel has of it. */
function timeInTicks(ms: number): number {
  return (ticksIn(Math.round(ms * 1000)) * NS_PER_TICK) / 1e6;
}

/** In the order of tc's own arithmetic, so that the roundings of floating point are the same. */
function fullMicroseconds(microseconds: number): number {
  return Math.floor(ticksIn(microseconds) / TICKS_PER_US);
}

function ticksIn(microseconds: number): number {
  return Math.floor(microseconds * TICKS_PER_US);
}

const TICKS_PER_US = 1000 / NS_PER_TICK;

/** tc prints six significant digits: five can be compared. */
function figure(value: number): string {
  return String(Number(value.toPrecision(5)));
}
