import { z } from 'zod';
import type { outcomeTable } from '../../experiments/handoff-measures.ts';
import type { CellRecord } from '../cell.ts';
import { readVerdictsAs } from '../events/client-verdicts.ts';
import type { RepetitionTrace } from '../events/handoff-events.ts';
import type { Testbed } from '../events/testbed.ts';
import { type RepetitionReading, rowOf } from '../measures/measure-family.ts';
import { longestStall } from '../phases/progress.ts';
import type { CellRepetition } from '../read-cell.ts';

/** What became of a client whose handoff may have gone wrong, by the value of the measure `…-outcome`. */
export const clientOutcomes = ['moved', 'stayed', 'taken back', 'lost'] as const;
/** over to the acceptor, and back */
const mostChanges = 2;
/** by how often another member began to serve */
const outcomeByChanges = ['stayed', 'moved', 'taken back'] as const;

const wordsOfClient = z.object({
  repetition: z.int(),
  ok: z.boolean(),
  intact: z.boolean(),
  bytes: z.int(),
});
type ClientWords = z.infer<typeof wordsOfClient>;

type ClientOutcome = Readonly<Record<keyof typeof outcomeTable, number | undefined>> & {
  readonly outcome: number;
};

/** What the clients of a cell say of themselves, by repetition. */
export function readClientWords(folder: string): Promise<ReadonlyMap<number, ClientWords>> {
  return readVerdictsAs(folder, wordsOfClient);
}

/**
 * The values of `outcomeTable`, whether or not the steps of the handoff were those of its variant; why there are none, in words. A
 * client of which nothing is heard any more has not got its document.
 */
export function clientOutcome(
  { parameters }: Pick<CellRecord, 'parameters'>,
  testbed: Testbed,
  { traces }: Pick<CellRepetition, 'traces'>,
  words: ClientWords | undefined,
): ClientOutcome | string {
  const [trace] = traces;
  if (trace === undefined || words === undefined)
    return trace === undefined ? 'no connection of the client' : 'no word of the client';
  const { ok, intact, bytes } = words;
  const changes = Math.max(0, serversInOrder(trace, testbed).length - 1);
  const outcome = ok ? outcomeByChanges[Math.min(changes, outcomeByChanges.length - 1)]! : 'lost';
  return {
    outcome: clientOutcomes.indexOf(outcome),
    broken: ok ? 0 : 1,
    'wrong-octets': intact ? 0 : bytes,
    resets: trace.connection.resets.filter(isFault).length,
    'further-changes': Math.max(0, changes - mostChanges),
    stall: longestStall(trace.connection, parameters)?.value,
  };
}

/** Its values as measures whose names begin with `prefix`; each says `remark`. */
export function outcomeReading(outcome: ClientOutcome, prefix: string, remark: string): RepetitionReading {
  return {
    measure: (measure) => {
      const value = rowOf(outcome, measure.slice(prefix.length));
      return value === undefined ? undefined : { value, remark };
    },
    absent: remark,
  };
}

/** Seen as it comes to the router, so that each is counted once. */
function isFault({ afterEnd, passage }: RepetitionTrace['connection']['resets'][number]): boolean {
  return !afterEnd && passage.direction === 'in';
}

/** Where segments of the contact address itself come from: what its home agent passes on is the contact node's. */
const atHome = { timeNs: 0, packet: 0, neighbour: 'ha1', direction: 'in' } as const;

/** Who sent octets that the client did not have, each time another began. */
function serversInOrder({ connection }: RepetitionTrace, testbed: Testbed): readonly string[] {
  const servers: string[] = [];
  for (const { from } of connection.progress) {
    const server = testbed.nameOf(from, atHome);
    if (server !== servers.at(-1)) servers.push(server);
  }
  return servers;
}
