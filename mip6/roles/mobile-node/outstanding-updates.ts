import { firstTransmission, nextTransmission, type Retransmission } from '../shared/retransmission.ts';
import type { Instant } from '../shared/role.ts';

interface SentUpdate {
  readonly sequence: number;
  readonly at: Instant;
}

/** Enough for every acknowledgement that may still be on its way. */
const REMEMBERED = 16;

/** Binding Updates that ask for the same thing and wait for one acknowledgement, each with its own sequence number (RFC 6275 §11.8). */
export interface OutstandingUpdates {
  readonly sent: readonly SentUpdate[];
  readonly timer: Retransmission;
}

/** One more has been sent, or several at once; `initialSeconds` is the first timeout. */
export function updateSent(
  updates: OutstandingUpdates | undefined,
  sequences: readonly number[],
  now: Instant,
  initialSeconds: number,
): OutstandingUpdates {
  const latest = sequences.map((sequence) => ({ sequence, at: now }));
  const sent = [...(updates?.sent ?? []), ...latest].slice(-REMEMBERED);
  const timer =
    updates === undefined ? firstTransmission(now, initialSeconds) : nextTransmission(updates.timer, now);
  return { sent, timer };
}

/** The update that an acknowledgement's sequence number belongs to. */
export function findSent(updates: OutstandingUpdates, sequence: number): SentUpdate | undefined {
  return updates.sent.find((update) => update.sequence === sequence);
}
