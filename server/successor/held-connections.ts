import type { Checkpoint, Protection } from './holder-types.ts';

/** A client's connections at its holder: their latest checkpoints, under which number each was sent, and what their application has been told. */
export class HeldConnections {
  readonly #checkpoints = new Map<number, Checkpoint>();
  /** the number under which each connection was sent last */
  readonly #sent = new Map<number, number>();
  readonly #told = new Map<number, string>();
  #number = 0;

  /** the last number that was used */
  get number(): number {
    return this.#number;
  }

  get ports(): readonly number[] {
    return [...this.#checkpoints.keys()];
  }

  get checkpoints(): readonly Checkpoint[] {
    return [...this.#checkpoints.values()];
  }

  /** A newer one is not sent yet. */
  keep({ port, tcpState, applicationState }: Checkpoint): void {
    this.#checkpoints.set(port, { port, tcpState, applicationState });
    this.#sent.delete(port);
  }

  /** False: there was none. */
  end(port: number): boolean {
    this.#sent.delete(port);
    this.#told.delete(port);
    return this.#checkpoints.delete(port);
  }

  /** What is to be sent of a connection, under a number of its own. */
  next(port: number): { readonly number: number; readonly checkpoint: Checkpoint } {
    const number = ++this.#number;
    this.#sent.set(port, number);
    return { number, checkpoint: this.#checkpoints.get(port)! };
  }

  /** What was sent counts from this number on. */
  renumber(): number {
    const number = ++this.#number;
    for (const port of this.#sent.keys()) this.#sent.set(port, number);
    return number;
  }

  /** Whoever had them has them no more. */
  unsend(): void {
    this.#sent.clear();
  }

  /** Whether the latest of a connection was sent under this number or before it. */
  isSentBy(port: number, number: number): boolean {
    const sent = this.#sent.get(port);
    return sent !== undefined && sent <= number;
  }

  /** Whether this is news to its application. */
  tells(port: number, protection: Protection): boolean {
    const words = protection.kind === 'protected' ? '' : protection.reason;
    const told = `${protection.kind} ${words}`;
    if (this.#told.get(port) === told) return false;
    this.#told.set(port, told);
    return true;
  }
}
