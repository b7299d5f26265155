import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from './client-script.ts';
import { type LoggedEvent, runMembers } from './member-lab.ts';

const { node2, contactAddress } = FIG9_ADDRESSES;

/** What every member of the lab has, and the client too: the folder of programs. */
export const ROOT = '/run/lab/nodes';
export const DOCUMENT = 'member.cjs';
export const SERVICE_PORT = 8080;
/** Octets that a member sends on a connection before it hands the client off. */
export const AFTER_OCTETS = 30_000;

export interface ClientStep {
  readonly after: number;
  readonly octets: number;
  readonly delayMs: number;
  readonly of: number;
  readonly does: 'open' | 'fin' | 'rst';
}

/** The web server on a member; clients go to `acceptor`, absent: they stay. */
export function web(acceptor: string | undefined, variant: string): object {
  const handoff = acceptor === undefined ? {} : { handoff: { afterBytes: AFTER_OCTETS, acceptor, variant } };
  return { application: { kind: 'web', root: ROOT, ...handoff } };
}

/** Connections of one client at once. */
export interface ParallelSession {
  readonly connections: number;
  /** of each connection's part */
  readonly octets?: number;
  readonly steps?: readonly ClientStep[];
}

export interface ParallelRun {
  readonly variant: string;
  /** one after the other: each begins when nothing is left of the one before */
  readonly sessions: readonly ParallelSession[];
  /** of node2, which keeps its clients */
  readonly acceptor?: object;
}

/** Seconds after which a client is the contact node's again: no binding is left, nothing is retransmitted. */
const REST_S = 200;

/** One client with several connections at node1, which hands it to node2: the events of each session, in one boot. */
export async function runParallel(run: ParallelRun): Promise<readonly (readonly LoggedEvent[])[]> {
  const { variant, sessions, acceptor = {} } = run;
  const client = (index: number): string =>
    `$NODE ${ROOT}/parallel-client.cjs --node client --config /run/job/session${index}.json --events /run/job/events/session${index}.jsonl`;
  const { plan, programs } = clientScript(
    sessions.map((_, index) => `${client(index)} || true`).join(`\nsleep ${REST_S}\n`),
  );
  const { events, console } = await runMembers({
    variant,
    changes: { node1: web(node2, variant), node2: { ...web(undefined, variant), ...acceptor } },
    plan,
    programs: { ...programs, 'parallel-client': guest('parallel-client') },
    files: Object.fromEntries(sessions.map((session, index) => [`session${index}.json`, configOf(session)])),
  });
  const crashed = events.filter(({ event }) => event === 'crashed');
  assert.deepEqual(crashed, []);
  // The first one to be ready is the script.
  const starts = named(events, 'client', 'ready').slice(1);
  const parts = starts.map(({ t }, index) =>
    events.filter(
      (one) => BigInt(one.t) >= BigInt(t) && BigInt(one.t) < BigInt(starts[index + 1]?.t ?? '9'.repeat(20)),
    ),
  );
  for (const part of parts) assert.ok(named(part, 'client', 'connection-finished').length > 0, console);
  assert.equal(parts.length, sessions.length, console);
  return parts;
}

function configOf({ connections, octets = 60_000, steps = [] }: ParallelSession): string {
  return JSON.stringify({
    server: contactAddress,
    port: SERVICE_PORT,
    document: DOCUMENT,
    file: `${ROOT}/${DOCUMENT}`,
    parts: Array.from({ length: connections }, (_, index) => [index * 1000, index * 1000 + octets]),
    steps,
    timeoutMs: 300_000,
  });
}

function guest(name: string): string {
  return fileURLToPath(new URL(`../member-lab/guest/${name}.ts`, import.meta.url));
}

export function named(events: readonly LoggedEvent[], node: string, name: string): LoggedEvent[] {
  return events.filter((event) => event.node === node && event.event === name);
}

/** By connection: whether it got its part, octet for octet. */
export function intact(events: readonly LoggedEvent[]): Record<string, unknown> {
  const finished = named(events, 'client', 'connection-finished');
  return Object.fromEntries(finished.map((event) => [String(event.index), event.intact]));
}
