import { max, mean, min, standardDeviation } from 'simple-statistics';
import type { Measured } from '../measures/measure-family.ts';
import type { Flow } from './flow.ts';
import type { RepetitionTraffic } from './traffic.ts';

type Extractor = (traffic: RepetitionTraffic) => number | undefined;

const flows = [
  'client-node1',
  'node1-client',
  'client-node2',
  'node2-client',
  'node1-node2',
  'node2-node1',
] as const;
/** the pair of sites that is also probed alone, with very many datagrams */
const pairOne = flows.slice(0, 2);
const otherPairs = flows.slice(2);

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
export const extractors: ReadonlyMap<string, Extractor> = new Map<string, Extractor>([
  ...flows.map((name): [string, Extractor] => [`delay-${name}`, of([name], (delays) => mean([...delays]))]),
  ['delay-min', of(pairOne, (delays) => min([...delays]))],
  ['delay-max', of(pairOne, (delays) => max([...delays]))],
  ['delay-sd', of(pairOne, (delays) => standardDeviation([...delays]))],
  ...pairOne.map((name): [string, Extractor] => [`loss-${name}`, share([name], 'lost', 'offered')]),
  ['loss-other-pairs', share(otherPairs, 'lost', 'offered')],
  ['reordered', share(pairOne, 'reordered', 'delivered')],
  ['rate-node1', ({ floods }) => floods.get('node1-client')?.rateKbit],
  ['rate-node2', ({ floods }) => floods.get('node2-client')?.rateKbit],
  ['bulk-time', bulkTimeMs],
  ['bulk-goodput', bulkGoodputKbit],
]);

/** The measure of this name; undefined where the repetition has no such traffic. */
export function measureOf(name: string, traffic: RepetitionTraffic): Measured | undefined {
  const value = extractors.get(name)?.(traffic);
  return value === undefined ? undefined : { value, remark: '' };
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
