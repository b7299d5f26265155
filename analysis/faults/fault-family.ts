import path from 'node:path';
import { z } from 'zod';
import { firstKill, pairName } from '../../experiments/faults/signalling.ts';
import type { CellRecord } from '../cell.ts';
import { readVerdictsAs } from '../events/client-verdicts.ts';
import { lineOf, readEventLines } from '../events/event-lines.ts';
import type { RepetitionTrace } from '../events/handoff-events.ts';
import type { Testbed } from '../events/testbed.ts';
import type { MeasureFamily, RepetitionReading } from '../measures/measure-family.ts';
import { longestStall } from '../phases/progress.ts';
import { type CellRepetition, readCell } from '../read-cell.ts';

/** What a fault ends with, by the value of `fault-outcome`. */
export const faultOutcomes = ['moved', 'stayed', 'taken back', 'lost'] as const;
/** over to the acceptor, and back */
const mostChanges = 2;
/** by how often another member began to serve */
const outcomeByChanges = ['stayed', 'moved', 'taken back'] as const;

const appliedLine = z.object({ session: z.int(), signal: z.string(), fault: z.string() });
const intactLine = z.object({ repetition: z.int(), ok: z.boolean(), intact: z.boolean(), bytes: z.int() });

/** One fault per repetition, and what became of its client. A repetition whose fault found no packet has failed. */
export const faultFamily: MeasureFamily = {
  measures: [
    ...['fault-outcome', 'fault-broken', 'fault-wrong-octets', 'fault-resets'],
    ...['fault-further-changes', 'fault-stall'],
  ],
  read: async (folder, cell) => {
    const { capture, repetitions } = await readCell(folder);
    const words = await readVerdictsAs(folder, intactLine);
    const applied = await readEventLines(
      path.join(folder, 'events.jsonl'),
      lineOf('fault-gate', 'fault-applied'),
      appliedLine,
    );
    return repetitions.map((one) => {
      const place = placeOf(cell, one.repetition);
      const { kind = 0, secondKind = 0, secondPlace = 0 } = cell.parameters;
      const second = { kind: secondKind, place: secondPlace };
      const name = place === undefined ? undefined : pairName(cell.variant, { kind, place }, second);
      if (name === undefined) return { measure: () => undefined, absent: 'the variant has no such packet' };
      if (!applied.some(({ session }) => session === one.repetition))
        return { failed: `${name}: no such packet passed` };
      return readFault(name, cell, capture.testbed, one, words.get(one.repetition));
    });
  },
};

/** Of the repetition's packet; undefined where the cell has no such repetition: of a killed process there is one. */
function placeOf({ parameters }: CellRecord, repetition: number): number | undefined {
  const { kind = 0, place = 0 } = parameters;
  if (kind >= firstKill && repetition > 0) return undefined;
  return place === 0 ? repetition + 1 : place;
}

/** Where segments of the contact address itself come from: what its home agent passes on is the contact node's. */
const atHome = { timeNs: 0, packet: 0, neighbour: 'ha1', direction: 'in' } as const;

function readFault(
  name: string,
  { parameters }: CellRecord,
  testbed: Testbed,
  { traces }: CellRepetition,
  verdict: z.infer<typeof intactLine> | undefined,
): RepetitionReading {
  const [trace] = traces;
  if (trace === undefined || verdict === undefined)
    return { failed: `${name}: ${trace === undefined ? 'no connection' : 'no word'} of the client` };
  const { ok, intact, bytes } = verdict;
  const changes = Math.max(0, serversInOrder(trace, testbed).length - 1);
  const outcome = ok ? outcomeByChanges[Math.min(changes, outcomeByChanges.length - 1)]! : 'lost';
  const resets = trace.connection.resets.filter(({ afterEnd }) => !afterEnd).length;
  const values: Readonly<Record<string, number | undefined>> = {
    'fault-outcome': faultOutcomes.indexOf(outcome),
    'fault-wrong-octets': intact ? 0 : bytes,
    'fault-resets': resets,
    'fault-broken': ok ? 0 : 1,
    'fault-further-changes': Math.max(0, changes - mostChanges),
    'fault-stall': longestStall(trace.connection, parameters)?.value,
  };
  return {
    measure: (measure) => {
      const value = values[measure];
      return value === undefined ? undefined : { value, remark: name };
    },
    absent: name,
  };
}

/** Who sent octets that the client did not have, each time another began. */
function serversInOrder({ connection }: RepetitionTrace, testbed: Testbed): readonly string[] {
  const servers: string[] = [];
  for (const { from } of connection.progress) {
    const server = testbed.nameOf(from, atHome);
    if (server !== servers.at(-1)) servers.push(server);
  }
  return servers;
}
