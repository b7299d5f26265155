import { accessTable } from '../../experiments/access.ts';
import type { Clock, Parameters } from '../../experiments/experiment.ts';
import type { CellRecord } from '../cell.ts';
import { type Measured, type MeasureFamily, plainly, rowOf } from '../measures/measure-family.ts';
import { plainNumber } from '../number.ts';
import { brokenPreconditions, lostOnItsWay } from './access-preconditions.ts';
import { type EchoVerdict, readEchoVerdicts } from './echo-verdicts.ts';
import { type Echo, readEchoes } from './echoes.ts';

/**
 * What the client's own figure may exceed the capture's by: the way between its process and the router, twice. Where CPU
 * time is free that is a few reads of the clock; otherwise the lab kernel starts a process and Node runs a callback.
 */
const allowedMs: Readonly<Record<Clock, number>> = { virtual: 0.01, elastic: 5, wall: 5 };

/** An echo that was lost has no round trip, as loss in the plan has it: it is counted, and is no failure. */
const LOST = { measure: () => undefined, absent: 'the network has lost the echo' } as const;

/**
 * Paper §6.1, one echo per repetition:
 * - `round-trip-time` (ms): the request comes to the router → its answer leaves towards the client;
 * - `round-trip-remainder` (ms): what that is more than the configured latencies of its path: the paper's X and Y;
 * - `round-trip-time-client` (ms): the client's own figure, with a remark where the two cannot both be right.
 */
export const accessFamily: MeasureFamily = {
  measures: Object.keys(accessTable),
  read: async (folder, cell) => {
    const { echoes, truncated } = await readEchoes(folder, cell);
    const verdicts = await readEchoVerdicts(folder);
    return echoes.map((echo, repetition) => {
      const verdict = verdicts.get(repetition);
      const cutOff = truncated && repetition === echoes.length - 1;
      if (!cutOff && lostOnItsWay(echo, cell, verdict)) return LOST;
      const reasons = [...brokenPreconditions(echo, cell, verdict)];
      if (cutOff) reasons.unshift('the capture is cut off');
      if (verdict === undefined || reasons.length > 0) return { failed: reasons.join('; ') };
      return {
        measure: (name) => rowOf(extractors, name)?.(echo, verdict, cell),
        absent: 'an echo has no such measure',
      };
    });
  },
};

type Extractor = (echo: Echo, verdict: EchoVerdict, cell: CellRecord) => Measured | undefined;

const extractors: Readonly<Record<keyof typeof accessTable, Extractor>> = {
  'round-trip-time': (echo) => plainly(roundTripMs(echo)),
  'round-trip-remainder': (echo, _, { parameters }) => plainly(roundTripMs(echo) - tripsMs(parameters)),
  'round-trip-time-client': (echo, verdict, { clock }) => clientsFigure(echo, verdict, clock),
};

/** The latencies of an echo's path, both ways: by way of home agent 1, or straight to the contact node. */
function tripsMs({ contactNode, routeOptimization, cs1Ms = 0, cs2Ms = 0, ssMs = 0 }: Parameters): number {
  if (routeOptimization === 1) return 2 * (contactNode === 2 ? cs2Ms : cs1Ms);
  return 2 * cs1Ms + (contactNode === 2 ? 2 * ssMs : 0);
}

function roundTripMs({ passages }: Echo): number {
  return (passages.at(-1)!.passage.timeNs - passages[0]!.passage.timeNs) / 1e6;
}

function clientsFigure(echo: Echo, { roundTripMs: value }: EchoVerdict, clock: Clock): Measured {
  const excess = value - roundTripMs(echo);
  if (excess >= 0 && excess <= allowedMs[clock]) return { value, remark: '' };
  const sign = excess < 0 ? '−' : '+';
  return {
    value,
    remark: `disagrees with the capture by ${sign}${plainNumber(Math.abs(excess))} ms`,
  };
}
