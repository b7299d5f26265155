import type { ClaimResult } from '../../analysis/claims.ts';
import type { Counts } from '../../analysis/verdicts/counts.ts';
import type { Standing } from '../results/expected-verdicts.ts';

/** What a run tells of itself while it goes on; with `--json` each is one line on standard output. */
export type RunEvent =
  /** something in words, e.g. that the lab kernel is being built */
  | {
      readonly event: 'note';
      readonly text: string;
      /** the next note makes it worthless, as one of how far a build has come */
      readonly passing?: boolean;
    }
  | {
      readonly event: 'start';
      readonly experiment: string;
      /** of this run, or of its shard */
      readonly cells: number;
      /** of these, finished by an earlier run and taken over */
      readonly found: number;
      readonly repetitions: number;
      readonly jobs: number;
      /** for what is left to do */
      readonly estimatedSeconds: number;
      readonly estimatedBytes: number;
    }
  | {
      readonly event: 'cell-started';
      readonly experiment: string;
      readonly cell: string;
    }
  | {
      readonly event: 'cell';
      readonly experiment: string;
      readonly cell: string;
      readonly done: number;
      readonly cells: number;
      readonly repetitions: number;
      readonly failedRepetitions: number;
      readonly wallSeconds: number;
      /** on the lab's own clock */
      readonly labSeconds: number;
      readonly secondsLeft: number;
    }
  | {
      readonly event: 'cell-failed';
      readonly experiment: string;
      readonly cell: string;
      readonly message: string;
    }
  | {
      readonly event: 'claims';
      readonly experiment: string;
      readonly title: string;
      readonly claims: readonly ClaimResult[];
      readonly failures: readonly string[];
      /** where no claim compares a figure of this run: what was measured, a line per cell and measure */
      readonly means?: readonly string[];
    }
  | ({
      readonly event: 'verdicts';
      /** of all rows, those of several clocks once */
      readonly counts: Counts;
    } & Standing)
  | { readonly event: 'end'; readonly status: number; readonly out: string };

/** Takes the events of a run; `close` is called once, after the last. */
export interface Reporter {
  emit(event: RunEvent): void;
  close(): void;
}
