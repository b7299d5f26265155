import type { EventWriter } from './event-log.ts';
import { loggable } from './loggable.ts';

/** Lines of one kind and reason that are written out; further ones are counted only, or a flood would fill the disk. */
const MOST_ALIKE = 100;
/** What anybody can cause by sending a packet, or any member by sending a frame. */
const CAUSED_BY_ANYBODY =
  /^(.*discarded|.*-rejected|unmatched-home-test|home-test-for-nobody|connection-turned-away|unknown-home-address-option|socket-option-not-set)$/;

/** Writes events into the log: what strangers can cause only so often, everything else always. */
export class RoleLog {
  readonly #log: EventWriter;
  readonly #alike = new Map<string, number>();

  constructor(log: EventWriter) {
    this.#log = log;
  }

  write<Event extends { readonly kind: string; readonly reason?: string; readonly status?: number }>(
    event: Event,
  ): void {
    const { kind, reason, status } = event;
    if (CAUSED_BY_ANYBODY.test(kind)) {
      const key = `${kind} ${reason ?? status ?? ''}`;
      const count = (this.#alike.get(key) ?? 0) + 1;
      this.#alike.set(key, count);
      if (count > MOST_ALIKE) return;
      if (count === MOST_ALIKE) this.#log.write('further-ones-only-counted', { of: key });
    }
    this.#log.write(kind, loggable(event));
  }
}
