/** samples at most: of more than two flights nothing is asked */
const MOST_SAMPLES = 4096;

interface Sample {
  /** ms */
  readonly at: number;
  /** octets that had left by then */
  readonly sent: number;
}

/** Where a connection stands, in octets since its socket was made, whoever sent them. */
interface Flight {
  /** what the peer has acknowledged */
  readonly acknowledged: number;
  /** what has left */
  readonly sent: number;
  /** what has been written and has not left */
  readonly unsent: number;
  /** smoothed, ms */
  readonly roundTripMs: number;
}

/**
 * When a connection's octets have left. A window that is full lets an octet go when one is acknowledged that left one window before: where the window is less
 * than the path holds each flight leaves as the one before it did, pauses and all, one round trip later.
 */
export class FlightTimes {
  readonly #samples: Sample[] = [];

  /** To be called often: what has left between two calls counts for the later one. */
  note(at: number, sent: number): void {
    if (this.#samples.at(-1)?.sent === sent) return;
    this.#samples.push({ at, sent });
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
  }

  /** ms until the last of what is unsent leaves; undefined where that is not known: of what has left before the first call, or takes another round trip. */
  leavesInMs({ acknowledged, sent, unsent, roundTripMs }: Flight, now: number): number | undefined {
    const makesRoom = acknowledged + unsent;
    const first = this.#samples[0];
    if (makesRoom > sent || first === undefined || makesRoom <= first.sent) return undefined;
    const left = this.#samples.find((sample) => sample.sent >= makesRoom);
    return left === undefined ? undefined : Math.max(0, left.at + roundTripMs - now);
  }
}
