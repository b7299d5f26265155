import {
  attribute,
  concat,
  nested,
  textAttribute,
  u8Attribute,
  u32Attribute,
} from '../linux/netlink/attributes.ts';
import { emitStruct } from '../linux/netlink/layout.ts';
import type { NetlinkRequest } from '../linux/netlink/message.ts';
import { ADD } from './build-requests.ts';
import { interfacesAt } from './interfaces.ts';
import * as rt from './rtnetlink.ts';
import { type ClassFilter, type Discipline, type Qdisc, type SiteFilter, shaperOf } from './shaping.ts';
import { DSCP_MASK, DSCP_UNIT, NS_PER_TICK, rateAsKept, sharesOf } from './tc-limits.ts';
import type { Topology } from './topology.ts';

/** Which link layer a rate limit counts: with it the kernel needs no table of rates from outside. */
const ETHERNET = 1;
const FILTER_PREFERENCE = 1;
const ALL_PROTOCOLS = 0x0003;
const IPV6 = 0x86dd;
const PRIORITIES = 16;

/** What is to be shaped on one machine: disciplines, then filters. */
export function shapingRequests(topology: Topology, node: string): readonly NetlinkRequest[] {
  const { qdiscs, filters } = shaperOf(topology);
  const indices = new Map(interfacesAt(topology, node).map(({ name, index }) => [name, index]));
  return [
    ...qdiscs
      .filter((qdisc) => qdisc.node === node)
      .map((qdisc) => qdiscRequest(qdisc, indices.get(qdisc.device)!)),
    ...filters
      .filter((filter) => filter.node === node)
      .map((filter) => filterRequest(filter, indices.get(filter.device)!)),
  ];
}

function qdiscRequest(qdisc: Qdisc, index: number): NetlinkRequest {
  const parent = qdisc.parent === undefined ? rt.ROOT : rt.handleOf(qdisc.parent);
  return {
    type: rt.NEW.qdisc,
    flags: ADD,
    body: emitStruct(rt.TRAFFIC, { index, handle: rt.handleOf(qdisc.handle), parent }),
    attributes: [
      textAttribute(rt.TRAFFIC_ATTRIBUTE.kind, qdisc.kind),
      attribute(rt.TRAFFIC_ATTRIBUTE.options, optionsOf(qdisc)),
    ],
  };
}

/** By the interface a packet came in by, not by its source address, which may be a home address. */
function filterRequest(filter: SiteFilter | ClassFilter, index: number): NetlinkRequest {
  const incoming = 'incoming' in filter;
  const which = incoming
    ? [textAttribute(rt.FLOWER.incoming, filter.incoming)]
    : [
        attribute(rt.FLOWER.etherType, Uint8Array.of(IPV6 >> 8, IPV6 & 0xff)),
        u8Attribute(rt.FLOWER.trafficClass, filter.dscp * DSCP_UNIT),
        u8Attribute(rt.FLOWER.trafficClassMask, DSCP_MASK),
      ];
  const classId = u32Attribute(rt.FLOWER.class, rt.handleOf(filter.classId));
  const protocol = incoming ? ALL_PROTOCOLS : IPV6;
  const info = FILTER_PREFERENCE * 0x10000 + ((protocol & 0xff) << 8) + (protocol >> 8);
  return {
    type: rt.NEW.filter,
    flags: ADD,
    body: emitStruct(rt.TRAFFIC, { index, parent: rt.handleOf(filter.parent), info }),
    attributes: [
      textAttribute(rt.TRAFFIC_ATTRIBUTE.kind, 'flower'),
      nested(rt.TRAFFIC_ATTRIBUTE.options, ...which, classId),
    ],
  };
}

function optionsOf(qdisc: Discipline): Uint8Array {
  switch (qdisc.kind) {
    case 'tbf':
      return tokenBucket(qdisc);
    case 'prio': {
      const options = emitStruct(rt.PRIO, { bands: qdisc.bands });
      // All priorities go to one band: only what a filter sends elsewhere goes to another.
      options.fill(qdisc.usualBand, options.length - PRIORITIES);
      return options;
    }
    case 'pfifo':
      return emitStruct(rt.PFIFO, { limit: qdisc.limitPackets });
    case 'netem':
      return emitStruct(rt.NETEM, {
        latency: ticksOf(qdisc.delayMs),
        limit: qdisc.limitPackets,
        loss: sharesOf(qdisc.lossPct),
        jitter: ticksOf(qdisc.jitterMs),
      });
    default:
      return qdisc satisfies never;
  }
}

const LARGEST_U32 = 0xffffffff;

function tokenBucket({ rateKbit, burstBytes, limitBytes }: Extract<Discipline, { kind: 'tbf' }>): Uint8Array {
  const octetsPerS = rateAsKept(rateKbit);
  const rate = emitStruct(rt.RATE, { linkLayer: ETHERNET, rate: Math.min(octetsPerS, LARGEST_U32) });
  const parameters = emitStruct(rt.TBF, { limit: limitBytes });
  parameters.set(rate);
  const large = new Uint8Array(8);
  new DataView(large.buffer).setBigUint64(0, BigInt(octetsPerS), true);
  return concat([
    attribute(rt.TBF_ATTRIBUTE.parameters, parameters),
    ...(octetsPerS > LARGEST_U32 ? [attribute(rt.TBF_ATTRIBUTE.rate64, large)] : []),
    u32Attribute(rt.TBF_ATTRIBUTE.burst, burstBytes),
  ]);
}

/** Whole microseconds, as tc has them, in the kernel's ticks. */
function ticksOf(ms: number): number {
  return Math.floor((Math.round(ms * 1000) * 1000) / NS_PER_TICK);
}
