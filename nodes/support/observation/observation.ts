import type { Server } from 'node:http';
import type { ObservationSettings } from './observation-config.ts';
import type { Observe } from './observed.ts';

/** Answers questions about a program, where its configuration wants that; without, nothing is loaded, and no socket opened. */
export class Observation {
  #server: Server | undefined;
  #closed = false;

  constructor(settings: ObservationSettings | undefined, observe: Observe) {
    if (settings !== undefined) void this.#open(settings, observe);
  }

  close(): void {
    this.#closed = true;
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  async #open(settings: ObservationSettings, observe: Observe): Promise<void> {
    const { openObservation } = await import('./observation-server.ts');
    if (!this.#closed) this.#server = openObservation(settings, observe);
  }
}
