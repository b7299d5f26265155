import { Arm, type Measured, OldProject } from './arm.ts';
import type { CellOrder } from './arm-main.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { processorTime } from './cost.ts';

/** The commit whose cost `make bench BENCH=compared` takes for its other arm unless it is told one. */
export const defaultBase = '50c40ed';

/** In the smaller of two cells whose difference is what one session more costs, and how many more in the larger. */
const fewer = 1;
const more = 40;

const transfer = (repetitions: number): CellOrder => ({
  experiment: 'calibration',
  settings: { cs1Ms: [20], rateKbit: [2000], bytes: [1_000_000] },
  variants: [],
  repetitions,
  analyse: false,
  driverConfig: { steps: [] },
});
const session = (repetitions: number): CellOrder => ({
  experiment: 'fig12',
  settings: { csMs: [40], ssMs: [20] },
  variants: ['drain+advance-rr'],
  repetitions,
  analyse: true,
});
const one = (experiment: string): CellOrder => ({
  experiment,
  settings: {},
  variants: [],
  repetitions: 1,
  analyse: false,
});

/** The cells that each round runs in both arms. */
const orders = {
  transfers: [transfer(fewer), transfer(fewer + more)],
  sessions: [session(fewer), session(fewer + more)],
  takeover: [one('takeover')],
  churn: [one('churn')],
} as const;

/** One arm's round, seconds of processor time. */
interface Round {
  readonly transfer: number;
  readonly session: number;
  readonly sessionAnalysis: number;
  readonly fig12: number;
  readonly takeover: number;
  readonly churn: number;
}

/** What cells and sessions cost, against an older commit: both arms in turns, on one processor. */
const compared: Benchmark = {
  name: 'compared',
  question: 'what do cells and sessions cost, against an older commit measured in the same run?',
  run: async (_, { rounds, progress, base }) => {
    await using old = await OldProject.checkOut(base);
    await using before = new Arm(`commit ${old.commit}`, old.folder);
    await using now = new Arm('this checkout', `${import.meta.dirname}/..`);
    const found: Pair[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}: cells at ${old.commit} and of this checkout, in turns`);
      found.push(await pairOf(round % 2 === 0 ? [before, now] : [now, before], before));
    }
    return {
      figures: figuresOf(found),
      notes: [
        `Before: commit ${old.commit}. Processor time, user and system, of the lab's processes; a ratio is that of one round.`,
        `A transfer or session more: a cell with ${fewer + more} less one with ${fewer}, divided by ${more}. Cells: one repetition, without analysis.`,
      ],
    };
  },
};

export default compared;

interface Pair {
  readonly before: Round;
  readonly now: Round;
}

/** Each cell runs in one arm and at once in the other: load that comes and goes meets both. */
async function pairOf(arms: readonly [Arm, Arm], before: Arm): Promise<Pair> {
  const costs = new Map<Arm, Measured[]>(arms.map((arm) => [arm, []]));
  for (const order of Object.values(orders).flat())
    for (const arm of arms) costs.get(arm)!.push(await arm.run(order));
  const [first, second] = arms.map((arm) => roundOf(costs.get(arm)!)) as [Round, Round];
  return arms[0] === before ? { before: first, now: second } : { before: second, now: first };
}

/** `measured`: of the orders, in their order. */
function roundOf(measured: readonly Measured[]): Round {
  const [oneTransfer, transfers, oneSession, sessions, takeover, churn] = measured.map(({ lab }) =>
    processorTime(lab),
  );
  const analyses = measured.map(({ analysis }) => processorTime(analysis));
  return {
    transfer: (transfers! - oneTransfer!) / more,
    session: (sessions! - oneSession!) / more,
    sessionAnalysis: (analyses[3]! - analyses[2]!) / more,
    fig12: oneSession!,
    takeover: takeover!,
    churn: churn!,
  };
}

export function figuresOf(found: readonly Pair[]): readonly Figure[] {
  const quantities: readonly (readonly [keyof Round, string, 's' | 'ms', number | undefined])[] = [
    ['transfer', 'a transfer more', 'ms', undefined],
    ['session', 'a session with handoff more', 'ms', undefined],
    ['sessionAnalysis', 'analysis of a session more', 'ms', undefined],
    ['fig12', 'a cell of fig12', 's', 1.1],
    ['takeover', 'a cell of takeover', 's', undefined],
    ['churn', 'a cell of churn', 's', undefined],
  ];
  const figures = quantities.flatMap(([key, name, unit, most]): Figure[] => {
    const factor = unit === 'ms' ? 1000 : 1;
    const aim = most === undefined ? {} : { aim: { at: 'most', value: most } as const };
    return [
      { name: `${name}, before`, unit, values: found.map(({ before }) => before[key] * factor) },
      { name: `${name}, now`, unit, values: found.map(({ now }) => now[key] * factor), ...aim },
      {
        name: `${name}, now ÷ before`,
        unit: '×',
        values: found.map(({ before, now }) => now[key] / before[key]),
      },
    ];
  });
  const ratio = (of: (pair: Pair) => Round): number[] =>
    found.map((pair) => of(pair).session / of(pair).transfer);
  return [
    ...figures,
    { name: 'a session ÷ a transfer, before', unit: '×', values: ratio(({ before }) => before) },
    {
      name: 'a session ÷ a transfer, now',
      unit: '×',
      values: ratio(({ now }) => now),
      aim: { at: 'most', value: 1.25 },
    },
  ];
}
