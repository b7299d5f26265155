import type { CellRecord } from '../cell.ts';
import type { Verdict } from '../events/client-verdicts.ts';
import { beyondBound } from '../events/offered-window.ts';
import type { Flow } from './flow.ts';
import type { RepetitionTraffic } from './traffic.ts';

/** Why a repetition must not be measured; empty when it did all that it should. */
export function brokenPreconditions(
  { probes, floods, bulk }: RepetitionTraffic,
  cell: CellRecord,
  verdict: Verdict | undefined,
): readonly string[] {
  const { packets = 0, pairs = 3, bytes = 0, lossPct = 0, windowBytes } = cell.parameters;
  const reasons = [
    ...missingFlows(probes, pairs === 1 ? pairOne : allPairs, packets),
    ...missingFlows(floods, floodFlows, undefined),
    ...[...probes, ...floods]
      .filter(([, flow]) => flow.strange > 0)
      .map(([name, flow]) => `${name}: ${flow.strange} datagrams twice or from nowhere`),
  ];
  if (lossPct === 0) {
    const lossy = [...probes].filter(([, flow]) => flow.lost > 0);
    reasons.push(
      ...lossy.map(([name, flow]) => `${name}: ${flow.lost} datagrams lost without configured loss`),
    );
  }
  if (bytes === 0) return reasons;
  if (bulk === undefined) return [...reasons, 'no bulk connection in the capture'];
  if (verdict === undefined) reasons.push('no word of the client on the bulk transfer');
  else if (!verdict.ok) reasons.push(`bulk transfer: ${verdict.problem || 'not the document'}`);
  if (bulk.resets.length > 0) reasons.push(`${bulk.resets.length} resets of the bulk connection`);
  if (bulk.deliveredOctets !== bytes || bulk.hasHole) {
    reasons.push(`${bulk.deliveredOctets ?? 0} of ${bytes} octets of the bulk transfer in the capture`);
  }
  const unbounded = beyondBound(bulk.offered, windowBytes);
  if (unbounded !== undefined) reasons.push(`bulk transfer: ${unbounded}`);
  if (lossPct === 0 && bulk.retransmissions > 0 && !outlastsTimer(cell)) {
    reasons.push(`${bulk.retransmissions} retransmissions of the bulk transfer on lossless links`);
  }
  return reasons;
}

/** RFC 6928's initial window in full frames, bits, and Linux's least timeout. */
const initialWindowBits = 10 * 1514 * 8;
const leastTimeoutMs = 200;

/** The initial window alone takes longer at the rate than TCP's timer, which then sends some of it again without any loss. */
function outlastsTimer({ parameters: { rateKbit = Number.POSITIVE_INFINITY } }: CellRecord): boolean {
  return initialWindowBits / rateKbit > leastTimeoutMs;
}

const pairOne = ['client-node1', 'node1-client'];
const allPairs = [...pairOne, 'client-node2', 'node2-client', 'node1-node2', 'node2-node1'];
const floodFlows = ['node1-client', 'node2-client'];

/** Datagrams that never came to the router were lost where nothing may be lost. */
function missingFlows(
  flows: ReadonlyMap<string, Flow>,
  names: readonly string[],
  expected: number | undefined,
): readonly string[] {
  return names.flatMap((name) => {
    const offered = flows.get(name)?.offered ?? 0;
    if (offered > 0 && (expected === undefined || offered === expected)) return [];
    return [
      `${name}: ${offered} ${expected === undefined ? '' : `of ${expected} `}datagrams came to the router`,
    ];
  });
}
