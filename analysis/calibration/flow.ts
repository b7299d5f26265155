/** The datagrams of one purpose from one station to another, as they came to the router and left it. */
export class Flow {
  /** by sequence number, ns */
  readonly #arrived = new Map<number, number>();
  /** in the order of leaving, ms between coming and leaving */
  readonly #transits: { readonly sequence: number; readonly ms: number }[] = [];
  readonly #left = new Set<number>();
  readonly #frames: { readonly timeNs: number; readonly octets: number }[] = [];
  #strange = 0;

  /** A datagram comes to the router; `octets` is its Ethernet frame. */
  arrive(sequence: number, timeNs: number, octets: number): void {
    if (this.#arrived.has(sequence)) this.#strange++;
    this.#arrived.set(sequence, timeNs);
    this.#frames.push({ timeNs, octets });
  }

  /** … and leaves it. */
  leave(sequence: number, timeNs: number): void {
    const arrived = this.#arrived.get(sequence);
    if (arrived === undefined || this.#left.has(sequence)) {
      this.#strange++;
      return;
    }
    this.#left.add(sequence);
    this.#transits.push({ sequence, ms: (timeNs - arrived) / 1e6 });
  }

  /** Distinct datagrams that came to the router. */
  get offered(): number {
    return this.#arrived.size;
  }

  get delivered(): number {
    return this.#left.size;
  }

  get lost(): number {
    return this.offered - this.delivered;
  }

  /** Datagrams that came or left twice, or left without having come: 0 in a sane network. */
  get strange(): number {
    return this.#strange;
  }

  /** Time spent in the router, ms, in the order of leaving. */
  get delaysMs(): readonly number[] {
    return this.#transits.map(({ ms }) => ms);
  }

  /** Datagrams that left behind one with a larger sequence number (RFC 4737 §3.3, type-P-reordered). */
  get reordered(): number {
    let next = 0;
    let count = 0;
    for (const { sequence } of this.#transits) {
      if (sequence < next) count++;
      else next = sequence + 1;
    }
    return count;
  }

  /**
   * Octets of Ethernet frames over the time between their comings, kbit/s, in the second half of the flow: whatever burst
   * the shaper let through at the start is over by then. Undefined for fewer than 4 datagrams.
   */
  get rateKbit(): number | undefined {
    const start = Math.floor(this.#frames.length / 2);
    const first = this.#frames[start];
    const last = this.#frames.at(-1);
    if (first === undefined || last === undefined || this.#frames.length < 4) return undefined;
    if (last.timeNs <= first.timeNs) return undefined;
    const octets = this.#frames.slice(start + 1).reduce((sum, frame) => sum + frame.octets, 0);
    return (octets * 8) / ((last.timeNs - first.timeNs) / 1e6);
  }
}
