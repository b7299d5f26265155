import { join } from 'node:path';
import { execa } from 'execa';
import { LabError } from '../../linux/lab-error.ts';

/** Measures with the command line of the sources in `tree`; `words` are what follows `handoff-lab`. */
export type Measure = (tree: string, words: readonly string[], signal: AbortSignal) => Promise<void>;

const goodStatuses = [0, 1];
/** Of what a program complained of, the end tells why it ended. */
const toldLines = 6;

/** The program itself, whatever version it is. A claim that deviates, as over one cell alone, is no failure. */
export const measureWithProgram: Measure = async (tree, words, signal) => {
  const program = join(tree, 'bin/handoff-lab');
  const { exitCode, stderr, isCanceled } = await execa(program, [...words], {
    ...{ cwd: tree, reject: false, cancelSignal: signal, stdin: 'ignore', stdout: 'ignore' },
    // The lab's own end, in good order, takes some seconds.
    ...{ forceKillAfterDelay: 60_000, env: { FORCE_COLOR: undefined } },
  });
  if (isCanceled) throw new LabError('interrupted while a cell was being measured');
  if (exitCode !== undefined && goodStatuses.includes(exitCode)) return;
  throw new LabError('a cell could not be measured again', {
    command: `${program} ${words.join(' ')}`,
    stderr: stderr.split('\n').slice(-toldLines).join('\n'),
  });
};
