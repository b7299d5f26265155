import type { Stay } from './adverse-capture.ts';
import type { AdverseRun } from './adverse-lab.ts';
import { clientAddress, memberAddress } from './adverse-topology.ts';
import type { LoggedEvent } from './member-lab.ts';

/** What became of one session. */
export interface SessionVerdict {
  readonly name: string;
  /** the client got what it had to get: all, or, when it has reset the connection, nothing that is wrong */
  readonly ok: boolean;
  readonly dead: boolean;
  readonly ms: number;
  readonly bytes: number;
  readonly problem: string;
  /** members that served, in order, by the events */
  readonly served: readonly string[];
  /** and by the packets */
  readonly sent: readonly string[];
  readonly handoffs: number;
  readonly failures: readonly string[];
}

export function verdicts(run: AdverseRun): readonly SessionVerdict[] {
  return run.events
    .filter(({ event }) => event === 'session-finished')
    .map((finished) => verdictOf(run, finished));
}

/** `fd…` names of members by their site's prefix. */
function memberOf({ member }: Stay): string {
  return `node${member.split(':')[2]}`;
}

function verdictOf(run: AdverseRun, finished: LoggedEvent): SessionVerdict {
  const index = Number(/^client(\d+)$/.exec(finished.node)![1]);
  const client = clientAddress(index);
  const own = run.events.filter(({ node }) => node === finished.node);
  const started = own.find(({ event, name }) => event === 'session-started' && name === finished.name);
  const next = own.find(
    ({ event, t }) => event === 'session-started' && BigInt(t) > BigInt(started?.t ?? finished.t),
  );
  const until = BigInt(next?.t ?? '9'.repeat(19));
  const during = run.events.filter(
    ({ t, client: whose }) =>
      whose === client && BigInt(t) >= BigInt(started?.t ?? finished.t) && BigInt(t) < until,
  );
  const connections = run.holders.stays.get(`${client}|${String(started?.port)}`) ?? [];
  const finishedNs = Number(BigInt(finished.t) - BigInt(run.holders.epochSeconds) * 1_000_000_000n);
  const stays = connections.findLast(([first]) => (first?.fromNs ?? finishedNs) < finishedNs) ?? [];
  return {
    name: String(finished.name),
    ok: finished.ok === true,
    dead: finished.dead === true,
    ms: Number(finished.ms),
    bytes: Number(finished.bytes),
    problem: String(finished.problem),
    served: servers(during),
    sent: stays.map(memberOf),
    handoffs: during.filter(({ event }) => event === 'handed-off').length,
    failures: during
      .filter(({ event }) => FAILURES.has(event))
      .map(({ event, reason }) => `${event}: ${reason}`),
  };
}

const FAILURES = new Set([
  'handoff-failed',
  'client-lost',
  'handoff-abandoned',
  'client-taken-back',
  'handoff-not-started',
]);

/** The contact node first; then whoever has activated the client's socket, or gone on after a handoff that failed. */
function servers(during: readonly LoggedEvent[]): string[] {
  const found = ['node1'];
  for (const { node, event } of during) {
    const serves = event === 'socket-activated' || event === 'handoff-failed';
    if (serves && found.at(-1) !== node) found.push(node);
  }
  return found;
}

/** Members never alternate but by a handoff: the senders in the packets are the servers in the events, in the same order. */
export function neverTwo({ served, sent }: SessionVerdict): boolean {
  let at = 0;
  for (const member of sent) {
    at = served.indexOf(member, at);
    if (at < 0) return false;
  }
  return true;
}

/** Lines of a machine's kernel state that are there after all and were not before, or the other way round. */
export function leaks(run: AdverseRun): readonly string[] {
  return [...run.kernel].flatMap(([machine, { before, after }]) => {
    const was = withoutEphemeral(before).split('\n');
    const is = withoutEphemeral(after).split('\n');
    const more = without(is, was).map((line) => `${machine} + ${line}`);
    return [...more, ...without(was, is).map((line) => `${machine} - ${line}`)];
  });
}

/** A channel that was set up anew has another port at its calling end. */
function withoutEphemeral(state: string): string {
  return state.replace(/^tcp .*$/gm, (line) => line.replace(/\b[89A-F][0-9A-F]{3}\b/g, 'ephemeral'));
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Binding Updates under which two different members, or one member twice after another, used the same number. */
export function repeatedSequences(run: AdverseRun): readonly string[] {
  const contests = run.events.filter(({ event }) => event === 'client-contested');
  const contested = new Set(contests.map(({ client, sequence }) => `${client} ${sequence}`));
  return [...run.holders.updates].flatMap(([client, updates]) => {
    const seen = new Map<number, string>();
    return updates.flatMap(({ sequence, careOf }) => {
      const before = seen.get(sequence);
      seen.set(sequence, careOf);
      return before === undefined || contested.has(`${client} ${sequence}`)
        ? []
        : [`${client}: ${sequence} by ${before} and ${careOf}`];
    });
  });
}

export { memberAddress };
