import type { Role } from '../../mip6/roles/shared/role.ts';

/** Milliseconds on the monotonic clock: the `now` of every role in this process. */
export function monotonicMs(): number {
  return performance.now();
}

/** A timer that is set for longer fires at once; one that fires early is set again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Joins a sans-I/O role to this process: hands inputs in, outputs out, and keeps one timer for its deadline. */
export class RoleDriver<Input, Output> {
  readonly #role: Role<Input, Output>;
  readonly #onOutput: (output: Output) => void;
  #timer: NodeJS.Timeout | undefined;
  #armedFor: number | undefined;
  #draining = false;

  constructor(role: Role<Input, Output>, onOutput: (output: Output) => void) {
    this.#role = role;
    this.#onOutput = onOutput;
  }

  handle(input: Input): void {
    this.#role.handle(input, monotonicMs());
    this.#drain();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = undefined;
  }

  #drain(): void {
    // An output may feed the role again; the outermost call drains everything, in order.
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let output = this.#role.poll(); output !== undefined; output = this.#role.poll())
        this.#onOutput(output);
    } finally {
      this.#draining = false;
    }
    this.#arm();
  }

  #arm(): void {
    const deadline = this.#role.deadline();
    if (deadline === this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = deadline;
    if (deadline === undefined) return;
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(deadline - monotonicMs())));
    this.#timer = setTimeout(() => this.#timeout(), ms);
  }

  #timeout(): void {
    this.#armedFor = undefined;
    this.#role.handleTimeout(monotonicMs());
    this.#drain();
  }
}
