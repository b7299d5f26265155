import type { BenchmarkOptions } from './benchmark.ts';
import { type Cost, difference, scaled } from './cost.ts';
import type { CellMeasured, CellToRun, Laboratory } from './laboratory.ts';

/** One round: the same cell with n and with 2n sessions. Seeds are alike, so the first n sessions are, packet for packet. */
export interface Pair {
  readonly sessions: number;
  readonly fewer: CellMeasured;
  readonly more: CellMeasured;
}

/** Measures pairs, `rounds` of them, one lab after the other; which of the two comes first alternates. */
export async function pairs(
  laboratory: Laboratory,
  cell: (sessions: number) => CellToRun,
  sessions: number,
  {
    rounds,
    progress,
    analyse = false,
  }: Pick<BenchmarkOptions, 'rounds' | 'progress'> & { readonly analyse?: boolean },
): Promise<readonly Pair[]> {
  const found: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}: a lab with ${sessions} sessions and one with ${2 * sessions}`);
    const run = (factor: number): Promise<CellMeasured> =>
      laboratory.runCell(cell(factor * sessions), { analyse });
    const first = await run(1 + (round % 2));
    const second = await run(2 - (round % 2));
    const [fewer, more] = round % 2 === 0 ? [first, second] : [second, first];
    found.push({ sessions, fewer, more });
  }
  return found;
}

/** A note where load upset the difference of wall times: the ratios of such a round mean nothing. */
export function upsetNotes(found: readonly Pair[]): readonly string[] {
  const upset = found.filter((pair) => sessionCost(pair).wall <= 0).length;
  if (upset === 0) return [];
  return [
    `In ${upset} of ${found.length} rounds the lab with more sessions took less wall time: leave the machine alone and measure again.`,
  ];
}

/** What one session more costs the lab. */
export function sessionCost({ sessions, fewer, more }: Pair): Cost {
  return scaled(difference(more.lab, fewer.lab), 1 / sessions);
}

/** What one session more costs the analysis. */
export function sessionAnalysisCost({ sessions, fewer, more }: Pair): Cost {
  return scaled(difference(more.analysis, fewer.analysis), 1 / sessions);
}

/** What a cell costs before its first session: boot, network, processes, their end. */
export function cellCost(pair: Pair): Cost {
  return difference(pair.fewer.lab, scaled(sessionCost(pair), pair.sessions));
}

/** How long one of the added sessions takes on the lab's clock, seconds. */
export function sessionSeconds({ sessions, fewer, more }: Pair): number {
  return (more.sessionSeconds - fewer.sessionSeconds) / sessions;
}
