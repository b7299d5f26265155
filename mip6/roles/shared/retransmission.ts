import { MAX_BINDACK_TIMEOUT } from '../../wire/constants.ts';
import { secondsToMs } from './instants.ts';
import type { Instant } from './role.ts';

/** When a message without an answer is sent again (RFC 6275 §11.8). */
export interface Retransmission {
  readonly nextAt: Instant;
  readonly intervalMs: number;
  /** transmissions so far */
  readonly sent: number;
}

/** After the first transmission; `initialSeconds`: INITIAL_BINDACK_TIMEOUT or InitialBindackTimeoutFirstReg. */
export function firstTransmission(now: Instant, initialSeconds: number): Retransmission {
  const intervalMs = secondsToMs(initialSeconds);
  return { nextAt: now + intervalMs, intervalMs, sent: 1 };
}

/** After each further one: the interval doubles up to MAX_BINDACK_TIMEOUT. */
export function nextTransmission(last: Retransmission, now: Instant): Retransmission {
  const intervalMs = Math.min(2 * last.intervalMs, secondsToMs(MAX_BINDACK_TIMEOUT));
  return { nextAt: now + intervalMs, intervalMs, sent: last.sent + 1 };
}
