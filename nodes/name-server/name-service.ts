import { setTimeout as pause } from 'node:timers/promises';
import type { PublishedZone } from '../../server/publication/address-publication.ts';
import type { EventWriter } from '../support/event-log.ts';
import { monotonicMs } from '../support/role-driver.ts';
import { Nsd, type NsdOptions } from './nsd.ts';
import type { ZoneStore } from './zone-store.ts';

/** ms between two looks whether NSD serves what it has been told to; NSD says nothing by itself */
const LOOK_MS = 20;
/** looks; whoever wants the zone asks again then */
const MOST_LOOKS = 50;
/** starts in a row that fail before the agent gives up; the port of one that has just been killed may still be taken */
const MOST_STARTS = 10;
const FIRST_RESTART_MS = 100;
/** An NSD that ends so often within this time, ms, is not started again. */
const MOST_ENDS = { ends: 10, withinMs: 60_000 } as const;

interface NameServiceOptions extends Omit<NsdOptions, 'onEnded'> {
  readonly store: ZoneStore;
  readonly log: EventWriter;
  /** Resolvers get the zone with this serial. */
  onServes(serial: number): void;
  /** NSD cannot be started any more. */
  onFailed(error: unknown): void;
}

/** Keeps NSD running, and the zone that it serves the last one wanted. */
export class NameService {
  readonly #options: NameServiceOptions;
  readonly #nsd: Nsd;
  #wanted: PublishedZone | undefined;
  #applying = false;
  #closed = false;
  /** ms, of late */
  #ends: readonly number[] = [];

  constructor(options: NameServiceOptions) {
    this.#options = options;
    this.#nsd = new Nsd({ ...options, onEnded: (said) => this.#onEnded(said) });
  }

  /** Until resolvers get the zone that is on disk. Rejects with LabError. */
  async start(): Promise<void> {
    for (let attempt = 1; !this.#closed; attempt++) {
      try {
        await this.#nsd.start();
        return;
      } catch (error) {
        if (attempt === MOST_STARTS) throw error;
        this.#options.log.write('nsd-not-started', { attempt, reason: String(error) });
        await pause(FIRST_RESTART_MS * attempt);
      }
    }
  }

  /** This zone is served from now on; one that waits is dropped for it. */
  update(zone: PublishedZone): void {
    this.#wanted = zone;
    if (!this.#applying) void this.#apply();
  }

  /** Until NSD has ended. */
  async stop(): Promise<void> {
    this.#closed = true;
    this.#wanted = undefined;
    await this.#nsd.stop();
  }

  async #apply(): Promise<void> {
    this.#applying = true;
    for (let zone = this.#next(); zone !== undefined; zone = this.#next()) {
      if (await this.#load(zone)) this.#options.onServes(zone.serial);
    }
    this.#applying = false;
  }

  /** False when resolvers do not get it: whoever wants the zone asks again. */
  async #load(zone: PublishedZone): Promise<boolean> {
    try {
      this.#options.store.write(zone);
      await this.#nsd.reload();
      return await this.#serves(zone.serial);
    } catch (error) {
      this.#options.log.write('zone-not-loaded', { serial: zone.serial, reason: String(error) });
      return false;
    }
  }

  #next(): PublishedZone | undefined {
    const zone = this.#wanted;
    this.#wanted = undefined;
    return zone;
  }

  async #serves(serial: number): Promise<boolean> {
    for (let look = 0; look < MOST_LOOKS && !this.#closed; look++) {
      if ((await this.#nsd.serial()) === serial) return true;
      await pause(LOOK_MS);
    }
    return false;
  }

  #onEnded(said: string): void {
    if (this.#closed) return;
    this.#options.log.write('nsd-ended', { said });
    const now = monotonicMs();
    this.#ends = [...this.#ends.filter((end) => now - end < MOST_ENDS.withinMs), now];
    if (this.#ends.length >= MOST_ENDS.ends) {
      this.#options.onFailed(
        new Error(`NSD ended ${MOST_ENDS.ends} times within a minute; its last words: ${said}`),
      );
      return;
    }
    this.start().catch((error) => this.#options.onFailed(error));
  }
}
