import type { EventLog } from './event-log.ts';
import { loggable } from './loggable.ts';

/** Lines of one kind and reason that are written out; further ones are counted only, or a flood would fill the disk. */
const MOST_ALIKE = 100;

/** Writes a role's events into the log: what was dropped or refused only so often, everything else always. */
export class RoleLog {
  readonly #log: EventLog;
  readonly #alike = new Map<string, number>();

  constructor(log: EventLog) {
    this.#log = log;
  }

  write(event: { readonly kind: string; readonly reason?: string; readonly status?: number }): void {
    const { kind, reason, status } = event;
    if (kind === 'discarded' || kind.endsWith('-rejected')) {
      const key = `${kind} ${reason ?? status ?? ''}`;
      const count = (this.#alike.get(key) ?? 0) + 1;
      this.#alike.set(key, count);
      if (count > MOST_ALIKE) return;
      if (count === MOST_ALIKE) this.#log.write('further-ones-only-counted', { of: key });
    }
    this.#log.write(kind, loggable(event));
  }
}
