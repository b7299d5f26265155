import { type ClassFilter, type Qdisc, type SiteFilter, shaperOf } from './shaping.ts';
import { DSCP_MASK, DSCP_UNIT } from './tc-limits.ts';
import type { Topology } from './topology.ts';

/** What tc has to do on one machine, as lines of a batch. */
export function shapingLines(topology: Topology, node: string): readonly string[] {
  const { qdiscs, filters } = shaperOf(topology);
  return [
    ...qdiscs.filter((qdisc) => qdisc.node === node).map(qdiscLine),
    ...filters.filter((filter) => filter.node === node).map(filterLine),
  ];
}

function qdiscLine(qdisc: Qdisc): string {
  return lineThat('add', qdisc);
}

/** For one that is there: all its values anew. */
export function qdiscChangeLine(qdisc: Qdisc): string {
  return lineThat('change', qdisc);
}

function lineThat(verb: 'add' | 'change', qdisc: Qdisc): string {
  const parent = qdisc.parent === undefined ? 'root' : `parent ${qdisc.parent}`;
  return `qdisc ${verb} dev ${qdisc.device} ${parent} handle ${qdisc.handle} ${qdisc.kind} ${qdiscArguments(qdisc)}`;
}

/** By the interface a packet came in by, not by its source address, which may be a home address. */
function filterLine(filter: SiteFilter | ClassFilter): string {
  const { device, parent, classId } = filter;
  const which =
    'incoming' in filter
      ? `protocol all pref 1 flower indev ${filter.incoming}`
      : `protocol ipv6 pref 1 flower ip_tos 0x${(filter.dscp * DSCP_UNIT).toString(16)}/0x${DSCP_MASK.toString(16)}`;
  return `filter add dev ${device} parent ${parent} ${which} classid ${classId}`;
}

/** All priorities go to one band: only what a filter sends elsewhere goes to another. */
const priomap = (band: number): string => Array<number>(16).fill(band).join(' ');

function qdiscArguments(qdisc: Qdisc): string {
  switch (qdisc.kind) {
    case 'tbf':
      return `rate ${Math.round(qdisc.rateKbit * 1000)}bit burst ${qdisc.burstBytes} limit ${qdisc.limitBytes}`;
    case 'prio':
      return `bands ${qdisc.bands} priomap ${priomap(qdisc.usualBand)}`;
    case 'pfifo':
      return `limit ${qdisc.limitPackets}`;
    case 'netem': {
      const jitter = qdisc.jitterMs > 0 ? ` ${qdisc.jitterMs}ms` : '';
      const loss = qdisc.lossPct > 0 ? ` loss ${qdisc.lossPct}%` : '';
      return `limit ${qdisc.limitPackets} delay ${qdisc.delayMs}ms${jitter}${loss}`;
    }
    default:
      return qdisc satisfies never;
  }
}
