/** One thing that is wrong with a topology: where, what stands there, and what to write instead. */
export interface Problem {
  /** path of the datum, e.g. `links[2].delayMs` */
  readonly field: string;
  /** what stands there */
  readonly value: unknown;
  /** why it cannot be, and what to do */
  readonly remedy: string;
}

/** A topology was refused before anything was started: bad input, so the command line ends with status 2. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError';
  readonly exitStatus = 2;
  readonly topology: string;
  readonly problems: readonly Problem[];

  constructor(topology: string, problems: readonly Problem[]) {
    super(`topology ${topology} is refused:\n${problems.map(formatProblem).join('\n')}`);
    this.topology = topology;
    this.problems = problems;
  }
}

/** `links[0].delayMs is -5: must be …` */
function formatProblem(problem: Problem): string {
  return `  ${problem.field} is ${JSON.stringify(problem.value)}: ${problem.remedy}`;
}
