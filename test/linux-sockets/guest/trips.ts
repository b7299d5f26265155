import { readTcpInfo } from '../../../linux/tcp/tcp-info.ts';

const EVERY_MS = 20;
const US_PER_MS = 1000;

/** Looks at a socket's smoothed round trip until `end`. */
export class Trips {
  readonly #timer: NodeJS.Timeout;
  #longest = 0;

  constructor(descriptor: number) {
    this.#timer = setInterval(() => {
      this.#longest = Math.max(this.#longest, readTcpInfo(descriptor, 'roundTrip').roundTrip);
    }, EVERY_MS);
  }

  /** The longest, ms. */
  end(): number {
    clearInterval(this.#timer);
    return this.#longest / US_PER_MS;
  }
}
