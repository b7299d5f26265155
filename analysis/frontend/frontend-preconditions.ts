import type { CellRecord } from '../cell.ts';
import { firstOf } from '../events/faults.ts';
import { beyondBound } from '../events/offered-window.ts';
import { expectedHops } from './paths.ts';
import { type Answer, octetsOf, type SessionConnection } from './session-connection.ts';
import type { SessionVerdict } from './session-verdicts.ts';
import type { SessionTraffic } from './sessions.ts';

/** Requests of a session: the first document, one octet, the document that is measured, the end. */
export const requests = { first: 0, probe: 1, document: 2, end: 3, count: 4 } as const;

/**
 * Where links lose nothing: a sender whose segments wait in a long queue may take the last of them for lost (RFC 8985 §7).
 * More than this share of a document would show in the measures.
 */
const resentShare = 0.01;

/** Why a repetition must not be measured; empty when every client got all, once, by the configured path. */
export function brokenPreconditions(
  { connections, hops, faults }: SessionTraffic,
  cell: CellRecord,
  verdict: SessionVerdict | undefined,
): readonly string[] {
  const { clients = 1, bytes = 0, service, lossPct = 0, windowBytes } = cell.parameters;
  const share = lossPct > 0 ? Number.POSITIVE_INFINITY : resentShare;
  const reasons = [
    connections.length === clients ? undefined : `${connections.length} connections of ${clients} clients`,
    ...connections.map((connection) => unlikeASession(connection, bytes, share)),
    ...connections.map(({ offered }) => beyondBound(offered, windowBytes)),
    otherPath(hops, expectedHops(service)),
    firstOf(faults),
    dissatisfied(verdict),
  ];
  return reasons.filter((reason) => reason !== undefined);
}

function unlikeASession(
  { client, answers, resets }: SessionConnection,
  bytes: number,
  share: number,
): string | undefined {
  if (resets > 0) return `${client}: ${resets} resets`;
  if (answers.length !== requests.count) return `${client}: ${answers.length} of ${requests.count} requests`;
  return (
    unlike(answers[requests.probe], 1, `${client}: probe`, share) ??
    unlike(answers[requests.document], bytes, `${client}: document`, share)
  );
}

function unlike(
  answer: Answer | undefined,
  expected: number,
  what: string,
  share: number,
): string | undefined {
  const octets = octetsOf(answer);
  if (octets !== expected) return `${what}: ${octets} octets left for the client instead of ${expected}`;
  const resent = answer?.resentOctets ?? 0;
  if (resent <= share * expected) return undefined;
  return `${what}: ${resent} of ${expected} octets left twice`;
}

function otherPath(seen: ReadonlySet<string>, expected: ReadonlySet<string>): string | undefined {
  const strange = [...seen].find((hop) => !expected.has(hop));
  if (strange !== undefined) return `not the configured path: '${strange}'`;
  const missing = [...expected].find((hop) => !seen.has(hop));
  return missing && `not the configured path: no '${missing}'`;
}

function dissatisfied(verdict: SessionVerdict | undefined): string | undefined {
  if (verdict === undefined) return 'the clients gave no verdict';
  return verdict.ok ? undefined : `the clients report: ${verdict.problem}`;
}
