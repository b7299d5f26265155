import { max, mean, min, standardDeviation } from 'simple-statistics';
import type { calibrationTable } from '../../experiments/calibration.ts';
import type { Flow } from './flow.ts';
import type { RepetitionTraffic } from './traffic.ts';

type Extractor = (traffic: RepetitionTraffic) => number | undefined;

/** the pair of sites that is also probed alone, with very many datagrams */
const pairOne = ['client-node1', 'node1-client'] as const;
const otherPairs = ['client-node2', 'node2-client', 'node1-node2', 'node2-node1'] as const;

/**
 * Every measure of the calibration:
 * - `delay-<from>-<to>` (ms): mean time a datagram spends in the router, its outbound stamp less its inbound one;
 * - `delay-min`, `delay-max`, `delay-sd` (ms): of the datagrams between client and node1, both directions together;
 * - `loss-client-node1`, `loss-node1-client`, `loss-other-pairs` (%): of the datagrams that came to the router;
 * - `reordered` (%): between client and node1, of the datagrams that left, by RFC 4737 §3.3;
 * - `rate-node1`, `rate-node2` (kbit/s): Ethernet octets out of the saturated shaper of the node's home agent;
 * - `bulk-time` (ms): from the client's SYN at the router to the document's last segment leaving for the client;
 * - `bulk-goodput` (kbit/s): the document's octets over `bulk-time`.
 */
export const extractors: Readonly<Record<keyof typeof calibrationTable, Extractor>> = {
  'delay-client-node1': of(['client-node1'], average),
  'delay-node1-client': of(['node1-client'], average),
  'delay-client-node2': of(['client-node2'], average),
  'delay-node2-client': of(['node2-client'], average),
  'delay-node1-node2': of(['node1-node2'], average),
  'delay-node2-node1': of(['node2-node1'], average),
  'delay-min': of(pairOne, (delays) => min([...delays])),
  'delay-max': of(pairOne, (delays) => max([...delays])),
  'delay-sd': of(pairOne, (delays) => standardDeviation([...delays])),
  'loss-client-node1': share(['client-node1'], 'lost', 'offered'),
  'loss-node1-client': share(['node1-client'], 'lost', 'offered'),
  'loss-other-pairs': share(otherPairs, 'lost', 'offered'),
  reordered: share(pairOne, 'reordered', 'delivered'),
  'rate-node1': ({ floods }) => floods.get('node1-client')?.rateKbit,
  'rate-node2': ({ floods }) => floods.get('node2-client')?.rateKbit,
  'bulk-time': bulkTimeMs,
  'bulk-goodput': bulkGoodputKbit,
};

function average(delays: readonly number[]): number {
  return mean([...delays]);
}

function of(names: readonly string[], statistic: (delays: readonly number[]) => number): Extractor {
  return ({ probes }) => {
    const delays = names.flatMap((name) => probes.get(name)?.delaysMs ?? []);
    return delays.length === 0 ? undefined : statistic(delays);
  };
}

function share(
  names: readonly string[],
  part: 'lost' | 'reordered',
  whole: 'offered' | 'delivered',
): Extractor {
  return ({ probes }) => {
    const present = names.flatMap((name) => probes.get(name) ?? []);
    const sum = (count: keyof Pick<Flow, typeof part | typeof whole>) =>
      present.reduce((total, flow) => total + flow[count], 0);
    return sum(whole) === 0 ? undefined : (100 * sum(part)) / sum(whole);
  };
}

function bulkTimeMs({ bulk }: RepetitionTraffic): number | undefined {
  const last = [...(bulk?.senders.values() ?? [])].flatMap(({ lastDataOut }) => lastDataOut?.timeNs ?? []);
  return bulk === undefined || last.length === 0 ? undefined : (max(last) - bulk.syn.timeNs) / 1e6;
}

function bulkGoodputKbit(traffic: RepetitionTraffic): number | undefined {
  const time = bulkTimeMs(traffic);
  const octets = traffic.bulk?.deliveredOctets;
  return time === undefined || octets === undefined ? undefined : (octets * 8) / time;
}
