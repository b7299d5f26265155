/** How often each thing happened, by name such as `discarded.wrong-authenticator`; only grows. */
export class Counters {
  readonly #counts: Record<string, number> = {};

  add(name: string): void {
    this.#counts[name] = this.get(name) + 1;
  }

  get(name: string): number {
    return this.#counts[name] ?? 0;
  }

  /** A plain copy. */
  snapshot(): Record<string, number> {
    return { ...this.#counts };
  }
}
