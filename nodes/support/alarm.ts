import type { Instant } from '../../mip6/roles/shared/role.ts';
import { monotonicMs } from './monotonic.ts';

/** A timer that is set for longer fires at once; one that fires early is set again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The one timer for the deadline of something that knows its deadlines itself. */
export class Alarm {
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;
  #setFor: Instant | undefined;

  /** `onDue` may be called early, by the granularity of timers: whoever is called looks at the clock, and sets the alarm again. */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** In place of the deadline before; undefined: there is none. */
  set(deadline: Instant | undefined): void {
    if (deadline === this.#setFor) return;
    this.stop();
    this.#setFor = deadline;
    if (deadline === undefined) return;
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(deadline - monotonicMs())));
    this.#timer = setTimeout(() => {
      this.#setFor = undefined;
      this.#onDue();
    }, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#setFor = undefined;
  }
}
