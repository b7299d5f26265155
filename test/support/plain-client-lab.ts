import assert from 'node:assert/strict';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from './client-script.ts';
import { type LoggedEvent, runMembers } from './member-lab.ts';

const { node1, node2, contactAddress } = FIG9_ADDRESSES;
const servicePort = 8080;
/** What every member of the lab has: the folder of programs. */
const root = '/run/lab/nodes';
export const documents = ['member.cjs', 'correspondent-node.cjs', 'home-agent.cjs'] as const;

/** bash for the client's host: stock tools, `fetch OUTPUT DOCUMENT…` on one connection, `same` for what has come. */
const preamble = [
  'set -eu',
  `base='http://[${contactAddress}]:${servicePort}'`,
  `root=${root}`,
  'sum() { sha256sum <"$1" | cut -d" " -f1; }',
  'same() { [ -s "$1" ] && [ "$(sum "$1")" = "$(sum "$2")" ] || { echo "$1 differs from $2" >&2; exit 1; }; }',
  'curls() { curl -s -S --fail "$@"; }',
  // A raw socket that is left unread would keep the kernel from answering for it: there is none.
  'silent() { nft "add table ip6 silent; add chain ip6 silent in { type filter hook input priority 0; }; add rule ip6 silent in ip6 nexthdr 135 drop"; }',
].join('\n');

/** The script's last words, in the form of an event. */
const VERDICT =
  'echo "{\\"t\\":\\"$(date +%s%N)\\",\\"node\\":\\"client\\",\\"event\\":\\"client-satisfied\\"}" >>/run/job/events/verdict.jsonl';

export interface PlainClientOptions {
  readonly variant: string;
  /** where both members hand their client over, in octets of a document */
  readonly afterBytes?: number;
  /** by member */
  readonly changes?: Readonly<Record<string, object>>;
  readonly seed?: number;
  /** a daemon is killed: the run's status says nothing then */
  readonly killed?: boolean;
}

/** Serves a client host without Mobile IPv6 from two members that hand their clients to each other; `script` is its bash. */
export async function servePlain(
  { variant, afterBytes = 30_000, changes = {}, seed, killed = false }: PlainClientOptions,
  script: readonly string[],
): Promise<readonly LoggedEvent[]> {
  const application = (acceptor: string): object => ({
    application: { kind: 'web', root, handoff: { afterBytes, acceptor, variant } },
  });
  const { plan, programs } = clientScript([preamble, ...script, VERDICT].join('\n'));
  const { status, console, events } = await runMembers({
    variant,
    changes: {
      node1: { ...application(node2), ...changes.node1 },
      node2: { ...application(node1), ...changes.node2 },
    },
    programs,
    plan: (original) => {
      const changed = plan(original);
      const daemons = changed.daemons.map((group) => group.filter(({ host }) => host !== 'client'));
      return { ...changed, daemons };
    },
    ...(seed === undefined ? {} : { seed }),
  });
  const told = events.filter(({ event }) => /crashed|not-started|failed|lost/.test(event));
  assert.ok(killed || status === 0, console + JSON.stringify(told));
  assert.equal(named(events, 'client-satisfied').length, 1, console + JSON.stringify(told));
  return events;
}

export function named(events: readonly LoggedEvent[], name: string, node?: string): readonly LoggedEvent[] {
  return events.filter((event) => event.event === name && (node === undefined || event.node === node));
}
