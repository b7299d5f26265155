import type { Instant } from '../mip6/roles/shared/role.ts';
import type { Attention } from './handoff/donor-types.ts';

/** What a channel knows of the member at its other end. */
export interface SignsOfLife {
  /** when a frame came from it last; −∞ when none has */
  heardAt(): Instant;
  /** the later of that instant and of the last one at which its kernel took something that was under way to it */
  progressAt(): Instant;
  /** as the kernel measures it on the channel, ms; undefined: not known */
  readonly path:
    | {
        readonly roundTripMs: number;
        readonly variationMs: number;
        /** the least of the last minutes: what is not due to queues on the way */
        readonly leastRoundTripMs: number;
      }
    | undefined;
}

/** TCP repeats a lost segment after a round trip and this, or four times its variation (RFC 6298 §2, and the kernel's least), ms. */
const LEAST_REPEAT_MS = 200;
/** The least and the most, ms: how often an acceptor is asked, and how long its answer is waited for before it is given up. */
export const bounds = { every: [100, 1000], patience: [300, 3000] } as const;
/** where nothing has been measured */
const unknown = { roundTripMs: 200, variationMs: 50, leastRoundTripMs: 200 } as const;

/**
 * How a donor looks after an acceptor over a channel with these round trips: a question and its answer take one, one more if a
 * segment is lost once, and one more is left to the acceptor. So it is given up three round trips and a repetition after the question.
 */
export function attentionTo(
  { heardAt, progressAt, path = unknown }: SignsOfLife,
  freshMs: number,
): Attention {
  const { roundTripMs, variationMs } = path;
  const patience = 3 * roundTripMs + Math.max(LEAST_REPEAT_MS, 4 * variationMs);
  return {
    freshMs,
    everyMs: within(2 * roundTripMs, bounds.every),
    patienceMs: within(patience, bounds.patience),
    heardAt,
    progressAt,
  };
}

/**
 * For how long a member that says every `beatMs` that it is there may be silent, ms: `suspectMs`, or as long as a lost word takes. The next one behind it
 * tells its kernel so, a round trip later (RFC 8985), and the repetition takes half of one; the other half is room.
 */
export function leaseOf(path: SignsOfLife['path'], beatMs: number, suspectMs: number): number {
  return Math.max(suspectMs, path === undefined ? 0 : Math.ceil(2 * (beatMs + path.leastRoundTripMs)));
}

/** A deadline that is seen so late: this process itself has stood still, and what has come meanwhile is not read yet. */
const LATE_MS = 100;

/** Whether what was due at `due` proves nothing at `now`. */
export function isLate(now: Instant, due: Instant): boolean {
  return now - due > LATE_MS;
}

function within(ms: number, [least, most]: readonly [number, number]): number {
  return Math.min(Math.max(Math.ceil(ms), least), most);
}
