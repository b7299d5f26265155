import type { CellRecord } from '../cell.ts';
import { firstOf } from '../events/faults.ts';
import type { EchoVerdict } from './echo-verdicts.ts';
import type { Echo, EchoPassage } from './echoes.ts';
import { expectedPath } from './path.ts';

/** The paper's packet (§6.1). */
const echoOctets = 128;

/** Why a repetition must not be measured; empty when it was one echo on the configured path, its payload intact. */
export function brokenPreconditions(
  { passages, faults }: Echo,
  cell: CellRecord,
  verdict: EchoVerdict | undefined,
): readonly string[] {
  const reasons = [
    otherPath(passages, expectedPath(cell.parameters)),
    damaged(passages),
    firstOf(faults),
    clientDissatisfied(verdict),
  ];
  return reasons.filter((reason) => reason !== undefined);
}

/**
 * The network has taken the echo, as it is to take some where the cell's links lose packets: it has come so far as it should have, into the
 * router and not out of it, and the client has waited in vain. A datagram is not sent again (RFC 768), so that is no fault of anybody's.
 */
export function lostOnItsWay(echo: Echo, cell: CellRecord, verdict: EchoVerdict | undefined): boolean {
  const { passages, faults } = echo;
  const expected = expectedPath(cell.parameters);
  const seen = passages.map(({ hop }) => hop);
  const intoRouter = seen.length % 2 === 1 && seen.length < expected.length;
  return (
    (cell.parameters.lossPct ?? 0) > 0 &&
    intoRouter &&
    seen.every((hop, index) => hop === expected[index]) &&
    faults.length === 0 &&
    damaged(passages) === undefined &&
    verdict !== undefined &&
    /^no answer for [\d.]+ ms$/.test(verdict.problem)
  );
}

/** The first passage that is not as it should be: every request and answer once, in this order. */
function otherPath(passages: readonly EchoPassage[], expected: readonly string[]): string | undefined {
  const seen = passages.map(({ hop }) => hop);
  const length = Math.max(seen.length, expected.length);
  const step = Array.from({ length }, (_, index) => index).find((index) => seen[index] !== expected[index]);
  if (step === undefined) return undefined;
  const instead = expected[step] === undefined ? 'nothing more' : `'${expected[step]}'`;
  const found = seen[step] === undefined ? 'nothing' : `'${seen[step]}'`;
  return `not the configured path: ${found} instead of ${instead} as passage ${step + 1} of ${expected.length}`;
}

function damaged(passages: readonly EchoPassage[]): string | undefined {
  const [request] = passages;
  const other = passages.find(({ payloadOctets }) => payloadOctets !== echoOctets);
  if (other !== undefined)
    return `${other.payloadOctets} octets instead of ${echoOctets} in packet ${other.passage.packet}`;
  const cut = passages.find(({ payload }) => payload.length < echoOctets);
  if (cut !== undefined) return `the capture holds only a part of packet ${cut.passage.packet}`;
  const changed = passages.find(({ payload }) => Buffer.compare(payload, request!.payload) !== 0);
  return changed && `the payload has changed in packet ${changed.passage.packet}`;
}

function clientDissatisfied(verdict: EchoVerdict | undefined): string | undefined {
  if (verdict === undefined) return 'the client gave no verdict';
  return verdict.ok ? undefined : `the client reports: ${verdict.problem}`;
}
