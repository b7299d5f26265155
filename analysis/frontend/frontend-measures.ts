import { max, mean, min } from 'simple-statistics';
import type { frontendTable } from '../../experiments/frontend.ts';
import { requests } from './frontend-preconditions.ts';
import { type Answer, octetsOf } from './session-connection.ts';
import type { SessionTraffic } from './sessions.ts';

type Extractor = (traffic: SessionTraffic) => number | undefined;

/**
 * Every measure of what a front end costs, all at the router, in a repetition whose preconditions hold:
 * - `first-octet-latency` (ms): one octet is asked for, by one client after the other, in a connection that stands: the
 *   request comes from the client → the octet leaves for it; mean of the clients;
 * - `throughput-client` (kbit/s): octets of the document over the time from its request to its last segment leaving; mean;
 * - `throughput-sum` (kbit/s): octets of all documents that leave in the middle half of the time in which all clients are being
 *   sent theirs: after slow start, and before servers with nothing more to send wait for their last acknowledgements;
 *   absent where a document is so short that none of it leaves then;
 * - `front-octets`, `front-packets`: IPv6 packets on the link of the front's site, both directions, from the first request
 *   for a document to the end of all; of all clients;
 * - `front-octets-client`, `front-packets-client`: the same, per client;
 * - `setup-octets-client`: the octets before that, from the first SYN: connection, first octets, handoff; per client.
 */
export const extractors: Readonly<Record<keyof typeof frontendTable, Extractor>> = {
  'first-octet-latency': ofAnswers(requests.probe, ({ requestNs, segments }) =>
    ms(requestNs, segments[0]!.timeNs),
  ),
  'throughput-client': ofAnswers(requests.document, throughput),
  'throughput-sum': throughputSum,
  'front-octets': ({ front }) => front.documents.octets,
  'front-packets': ({ front }) => front.documents.packets,
  'front-octets-client': ({ front, connections }) => front.documents.octets / connections.length,
  'front-packets-client': ({ front, connections }) => front.documents.packets / connections.length,
  'setup-octets-client': ({ front, connections }) => front.setup.octets / connections.length,
};

function ofAnswers(request: number, value: (answer: Answer) => number): Extractor {
  return ({ connections }) => mean(connections.map(({ answers }) => value(answers[request]!)));
}

function throughput(answer: Answer): number {
  return (octetsOf(answer) * 8) / ms(answer.requestNs, answer.segments.at(-1)!.timeNs);
}

function throughputSum({ connections }: SessionTraffic): number | undefined {
  const documents = connections.map(({ answers }) => answers[requests.document]!.segments);
  const first = max(documents.map((segments) => segments[0]!.timeNs));
  const last = min(documents.map((segments) => segments.at(-1)!.timeNs));
  const [start, end] = [(3 * first + last) / 4, (first + 3 * last) / 4];
  const middles = documents.map((segments) =>
    segments.filter(({ timeNs }) => timeNs > start && timeNs <= end),
  );
  if (middles.some((segments) => segments.length === 0)) return undefined;
  return (middles.flat().reduce((sum, { octets }) => sum + octets, 0) * 8) / ms(start, end);
}

function ms(fromNs: number, toNs: number): number {
  return (toNs - fromNs) / 1e6;
}
