import calibration from '../experiments/calibration.ts';
import { planOf } from '../runner/cells/cell-files.ts';
import { cellsOf } from '../runner/cells.ts';
import type { Benchmark } from './benchmark.ts';
import { processorTime } from './cost.ts';
import type { CellToRun } from './laboratory.ts';
import { cellCost, pairs, sessionCost, sessionSeconds, upsetNotes } from './marginal.ts';

const sessions = 50;
const settings = { cs1Ms: [20], rateKbit: [2000], bytes: [1_000_000] };

/** 1 MB at 2 Mbit/s, 40 ms round trip, over the testbed of Fig. 9: plain TCP, a client that wakes for a quarter of a megabyte. */
const transfer: Benchmark = {
  name: 'transfer',
  question:
    'how much faster than real time is a 1 MB transfer at 2 Mbit/s over the testbed, headers captured?',
  run: async (laboratory, options) => {
    const found = await pairs(laboratory, transferCell, sessions, options);
    const aim = { at: 'least', value: 250 } as const;
    return {
      figures: [
        {
          name: 'virtual ÷ wall, one transfer more',
          unit: '×',
          values: found.map((pair) => sessionSeconds(pair) / sessionCost(pair).wall),
          aim,
        },
        {
          name: 'virtual ÷ processor time, one transfer more',
          unit: '×',
          values: found.map((pair) => sessionSeconds(pair) / processorTime(sessionCost(pair))),
        },
        {
          name: `virtual ÷ wall, whole lab of ${2 * sessions} transfers`,
          unit: '×',
          values: found.map(({ more }) => more.sessionSeconds / more.lab.wall),
        },
        {
          name: 'a transfer more, wall',
          unit: 'ms',
          values: found.map((pair) => sessionCost(pair).wall * 1000),
        },
        {
          name: 'the lab without transfers, wall',
          unit: 's',
          values: found.map((pair) => cellCost(pair).wall),
        },
      ],
      notes: [
        `A transfer takes ${sessionSeconds(found[0]!).toFixed(3)} s of virtual time; the time between transfers is not counted.`,
        ...upsetNotes(found),
      ],
    };
  },
};

export default transfer;

/** The calibration's bulk transfer alone, without its datagrams. */
function transferCell(repetitions: number): CellToRun {
  const [cell] = cellsOf(calibration, {
    profile: 'smoke',
    settings,
    variants: [],
    repetitions,
    clock: 'virtual',
    seed: 1,
  });
  const plan = planOf(cell!);
  const driver = { ...plan.driver, config: { ...(plan.driver.config as object), steps: [] } };
  return { cell: cell!, plan: { ...plan, driver } };
}
