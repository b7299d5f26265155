import type { Checkpoint, Protection } from './holder-types.ts';
import { InputGate } from './input-gate.ts';

/** A client's connections at its holder: their latest checkpoints, under which number each was sent, and what their application has been told. */
export class HeldConnections {
  readonly #checkpoints = new Map<number, Checkpoint>();
  /** the number under which each connection was sent last */
  readonly #sent = new Map<number, number>();
  /** the number under which whoever keeps it was sent it first, as gated as it is now */
  readonly #first = new Map<number, number>();
  readonly #told = new Map<number, string>();
  /** of those whose input is gated */
  readonly #gates = new Map<number, InputGate>();
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

  /** Of the connection's input; undefined: it is not gated. */
  gate(port: number): InputGate | undefined {
    return this.#gates.get(port);
  }

  get gates(): readonly (readonly [port: number, gate: InputGate])[] {
    return [...this.#gates];
  }

  /** A newer one is not sent yet. What waited at a gate that there is no more may pass. */
  keep({ port, tcpState, applicationState, gated }: Checkpoint): readonly number[] {
    this.#checkpoints.set(port, {
      ...{ port, tcpState, applicationState },
      ...(gated === undefined ? {} : { gated }),
    });
    this.#sent.delete(port);
    const gate = this.#gates.get(port);
    if ((gated === undefined) !== (gate === undefined)) this.#first.delete(port);
    if (gated === undefined) return this.#ungate(port);
    if (gate === undefined) this.#gates.set(port, new InputGate(gated));
    else gate.checkpoint(gated);
    // Who gave this one is told, though nothing may change by it.
    this.#told.delete(port);
    return [];
  }

  /** False: there was none. What waited at its gate is told by `ungated`. */
  end(port: number, ungated: (ids: readonly number[]) => void): boolean {
    this.unsendOne(port);
    this.#told.delete(port);
    ungated(this.#ungate(port));
    return this.#checkpoints.delete(port);
  }

  /** A number for what is sent of a connection beside its checkpoint. */
  nextNumber(): number {
    return ++this.#number;
  }

  #ungate(port: number): readonly number[] {
    const waited = this.#gates.get(port)?.open() ?? [];
    this.#gates.delete(port);
    return waited;
  }

  /** What is to be sent of a connection, under a number of its own. */
  next(port: number): { readonly number: number; readonly checkpoint: Checkpoint } {
    const number = ++this.#number;
    this.#sent.set(port, number);
    if (!this.#first.has(port)) this.#first.set(port, number);
    return { number, checkpoint: this.#checkpoints.get(port)! };
  }

  /** What was sent counts from this number on. */
  renumber(): number {
    const number = ++this.#number;
    for (const sent of [this.#sent, this.#first]) for (const port of sent.keys()) sent.set(port, number);
    return number;
  }

  /** Whoever had this one has it no more. */
  unsendOne(port: number): void {
    this.#sent.delete(port);
    this.#first.delete(port);
  }

  /** Whoever had them has them no more. */
  unsend(): void {
    this.#sent.clear();
    this.#first.clear();
  }

  /** Somebody has the connection, or is being sent it. */
  isSent(port: number): boolean {
    return this.#sent.has(port);
  }

  /** Whether the latest of a connection was sent under this number or before it. */
  isSentBy(port: number, number: number): boolean {
    const sent = this.#sent.get(port);
    return sent !== undefined && sent <= number;
  }

  /** Whether some checkpoint of a connection was sent under this number or before it, to who has it now. */
  isKeptBy(port: number, number: number): boolean {
    const first = this.#first.get(port);
    return first !== undefined && first <= number;
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
