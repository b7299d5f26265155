import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { LabPlan } from '../../runner/procedures/procedure.ts';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { type LoggedEvent, type MemberLabOptions, runMembers } from './member-lab.ts';

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

export interface ParallelRun {
  readonly variant: string;
  /** octets of each connection's part */
  readonly octets?: number;
  readonly connections: number;
  readonly steps?: readonly ClientStep[];
  /** of node2, which keeps its clients */
  readonly acceptor?: object;
}

/** One client with several connections at node1, which hands it to node2. */
export async function runParallel(run: ParallelRun): Promise<readonly LoggedEvent[]> {
  const { variant, connections, steps = [], octets = 60_000, acceptor = {} } = run;
  const parts = Array.from({ length: connections }, (_, index) => [index * 1000, index * 1000 + octets]);
  const config = {
    server: contactAddress,
    port: SERVICE_PORT,
    document: DOCUMENT,
    file: `${ROOT}/${DOCUMENT}`,
    parts,
    steps,
    timeoutMs: 300_000,
  };
  const { events, console } = await runMembers({
    variant,
    changes: { node1: web(node2, variant), node2: { ...web(undefined, variant), ...acceptor } },
    ...clientProgram(config),
  });
  assert.ok(
    named(events, 'client', 'connection-finished').length > 0,
    console + JSON.stringify(events.filter(({ event }) => event === 'crashed')),
  );
  assert.deepEqual(
    events.filter(({ event }) => event === 'crashed'),
    [],
  );
  return events;
}

function clientProgram(config: object): Required<Pick<MemberLabOptions, 'plan' | 'programs'>> {
  const driver = { name: 'client', host: 'client', program: 'parallel-client', config };
  const file = fileURLToPath(new URL('../member-lab/guest/parallel-client.ts', import.meta.url));
  return { plan: (plan: LabPlan) => ({ ...plan, driver }), programs: { 'parallel-client': file } };
}

export function named(events: readonly LoggedEvent[], node: string, name: string): LoggedEvent[] {
  return events.filter((event) => event.node === node && event.event === name);
}

/** By connection: whether it got its part, octet for octet. */
export function intact(events: readonly LoggedEvent[]): Record<string, unknown> {
  const finished = named(events, 'client', 'connection-finished');
  return Object.fromEntries(finished.map((event) => [String(event.index), event.intact]));
}
