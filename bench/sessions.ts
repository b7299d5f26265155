import type { Benchmark, Figure } from './benchmark.ts';
import { processorTime } from './cost.ts';
import { handoffCell } from './handoff-cell.ts';
import {
  cellCost,
  type Pair,
  pairs,
  sessionAnalysisCost,
  sessionCost,
  sessionSeconds,
  upsetNotes,
} from './marginal.ts';

const sessions = 25;
/** Of a cell in the `paper` profile. */
const paperRepetitions = 100;

/** A cell of Figure 12: a download of 1 MB at 2 Mbit/s, handed off in the middle. */
const handoffSessions: Benchmark = {
  name: 'sessions',
  question:
    'how many sessions with a handoff does one core do, headers captured, and how much faster than real time?',
  run: async (laboratory, options) => {
    const found = await pairs(laboratory, handoffCell, sessions, { ...options, analyse: true });
    const { periodMs } = handoffCell(1).plan.driver.config as { readonly periodMs: number };
    return {
      figures: figuresOf(found),
      notes: [
        `A session takes ${sessionSeconds(found[0]!).toFixed(3)} s of virtual time, from its first packet to the end of the document.`,
        `The rest until the next session, ${periodMs / 1000} s after this one's start, is not counted, though the lab lives through it.`,
        `"${inCell}" adds a ${paperRepetitions}th of the cell's boot, network and processes, and the analysis of the capture.`,
        ...upsetNotes(found),
      ],
    };
  },
};

export default handoffSessions;

const inCell = `in a cell of ${paperRepetitions}`;

function figuresOf(found: readonly Pair[]): readonly Figure[] {
  const figure = (name: string, unit: string, of: (pair: Pair) => number): Figure => ({
    name,
    unit,
    values: found.map(of),
  });
  const aim = { at: 'least', value: 200 } as const;
  return [
    figure('sessions a minute and core, one session more', '/min', (pair) => 60 / sessionCost(pair).wall),
    figure(`sessions a minute and core, ${inCell}`, '/min', (pair) => 60 / wholeSession(pair)),
    {
      ...figure(
        'virtual ÷ wall, one session more',
        '×',
        (pair) => sessionSeconds(pair) / sessionCost(pair).wall,
      ),
      aim,
    },
    {
      ...figure(`virtual ÷ wall, ${inCell}`, '×', (pair) => sessionSeconds(pair) / wholeSession(pair)),
      aim,
    },
    figure(
      'virtual ÷ processor time, one session more',
      '×',
      (pair) => sessionSeconds(pair) / processorTime(sessionCost(pair)),
    ),
    figure('a session more, wall', 'ms', (pair) => sessionCost(pair).wall * 1000),
    figure('a session more, processor time, user', 'ms', (pair) => sessionCost(pair).user * 1000),
    figure('a session more, processor time, system', 'ms', (pair) => sessionCost(pair).system * 1000),
    figure('analysis of a session more, wall', 'ms', (pair) => sessionAnalysisCost(pair).wall * 1000),
    figure('the lab without sessions, wall', 's', (pair) => cellCost(pair).wall),
  ];
}

/** Wall seconds of a session with its share of everything else. */
function wholeSession(pair: Pair): number {
  return sessionCost(pair).wall + sessionAnalysisCost(pair).wall + cellCost(pair).wall / paperRepetitions;
}
