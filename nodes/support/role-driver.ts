import type { Role } from '../../mip6/roles/shared/role.ts';
import { Alarm } from './alarm.ts';
import { monotonicMs } from './monotonic.ts';

export { monotonicMs } from './monotonic.ts';

/** Joins a sans-I/O role to this process: hands inputs in, outputs out, and keeps one timer for its deadline. */
export class RoleDriver<Input, Output> {
  readonly #role: Role<Input, Output>;
  readonly #onOutput: (output: Output) => void;
  readonly #alarm = new Alarm(() => this.#timeout());
  #draining = false;

  constructor(role: Role<Input, Output>, onOutput: (output: Output) => void) {
    this.#role = role;
    this.#onOutput = onOutput;
  }

  handle(input: Input): void {
    this.#role.handle(input, monotonicMs());
    this.#drain();
  }

  /** For a role that waits for something before the first input. */
  start(): void {
    this.#drain();
  }

  stop(): void {
    this.#alarm.stop();
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
    this.#alarm.set(this.#role.deadline());
  }

  #timeout(): void {
    this.#role.handleTimeout(monotonicMs());
    this.#drain();
  }
}
