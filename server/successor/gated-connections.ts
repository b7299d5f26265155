import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HeldConnections } from './held-connections.ts';
import type { HolderIn, HolderState } from './holder-state.ts';
import type { HolderInput, HolderOutput } from './holder-types.ts';
import type { GatedSegment, InputGate } from './input-gate.ts';
import { MOST_INPUT_OCTETS } from './input-log.ts';

/** Octets of input that travel in one frame; a segment has 64 KiB at most. */
const MOST_TOGETHER = MOST_INPUT_OCTETS / 4;

/** The gates of a client's connections at its holder: what the kernel may take of them, and what the backup is told before. */
export class GatedConnections {
  readonly #connections: HeldConnections;
  readonly #put: (output: HolderOutput) => void;
  /** since when something waits without a word of the backup's */
  #waitsSince: Instant | undefined;

  constructor(connections: HeldConnections, put: (output: HolderOutput) => void) {
    this.#connections = connections;
    this.#put = put;
  }

  /** One segment of the client, on which there is one verdict, now or later. */
  segment(
    state: HolderState,
    { port, segment }: Extract<HolderInput, { readonly kind: 'segment' }>,
    now: Instant,
  ): void {
    const gate = this.#connections.gate(port);
    if (gate === undefined) {
      this.pass([segment.id]);
      return;
    }
    const backed = state.name === 'backed' && this.#connections.isSent(port) ? state : undefined;
    const decision = gate.segment(segment, backed?.acknowledged, now);
    switch (decision) {
      case 'tell':
        this.#tell(gate, port, segment, backed, now);
        return;
      case 'overflow':
        this.#overflow(gate, port, segment, backed);
        return;
      case 'pass':
      case 'drop':
        this.#verdict([segment.id], decision === 'pass');
        return;
      default:
        decision satisfies never;
    }
  }

  /** What this backup has of a connection's input by now may pass. */
  acknowledged({ acknowledged }: HolderIn<'backed'>, now: Instant): void {
    for (const [, gate] of this.#connections.gates) this.pass(gate.acknowledged(acknowledged));
    this.#waitsSince = this.#isHolding ? now : undefined;
  }

  /** Behind the connection's checkpoint: what has come of its client since. */
  tellAll(to: Ipv6Address, port: number): void {
    const gate = this.#connections.gate(port);
    if (gate === undefined || gate.isClosed) return;
    let number: number | undefined;
    for (const { sequence, octets, ends } of gate.pieces)
      for (let at = 0; at === 0 || at < octets.length; at += MOST_TOGETHER) {
        number = this.#connections.nextNumber();
        const part = octets.subarray(at, at + MOST_TOGETHER);
        const last = at + part.length === octets.length;
        const piece = { sequence: (sequence + at) >>> 0, octets: part, ends: ends && last };
        this.#put({ kind: 'send-input', to, number, port, piece });
      }
    if (number !== undefined) gate.toldAll(number);
  }

  /**
   * Gates stand open while nobody can take the client over, and are shut from when on somebody can, from whichever checkpoint: behind an open gate a client may
   * fill the channel, so that each is followed by another before its answer comes.
   */
  settle(state: HolderState): void {
    for (const [port, gate] of this.#connections.gates) {
      if (state.name === 'backed') {
        if (this.#connections.isKeptBy(port, state.acknowledged)) gate.close();
      } else if (state.name !== 'contesting') this.pass(gate.open());
    }
    if (!this.#isHolding) this.#waitsSince = undefined;
  }

  /** When the backup is taken for out of reach; undefined: nothing waits for it. */
  dueAt(silentMs: number): Instant | undefined {
    return this.#waitsSince === undefined ? undefined : this.#waitsSince + silentMs;
  }

  /** The client is another member's, which has what it has acknowledged and no more. */
  drop(): void {
    for (const [, gate] of this.#connections.gates) this.#verdict(gate.open(), false);
  }

  pass(ids: readonly number[]): void {
    this.#verdict(ids, true);
  }

  get #isHolding(): boolean {
    return this.#connections.gates.some(([, gate]) => gate.isHolding);
  }

  #tell(
    gate: InputGate,
    port: number,
    segment: GatedSegment,
    backed: HolderIn<'backed'> | undefined,
    now: Instant,
  ): void {
    const number = backed && this.#connections.nextNumber();
    if (backed !== undefined && number !== undefined) {
      const { sequence, octets, ends } = segment;
      const piece = { sequence, octets, ends };
      this.#put({ kind: 'send-input', to: backed.backup, number, port, piece });
    }
    if (gate.told(segment, number)) this.pass([segment.id]);
    else this.#waitsSince ??= now;
  }

  /** The backup has too little of this connection from now on. */
  #overflow(
    gate: InputGate,
    port: number,
    segment: GatedSegment,
    backed: HolderIn<'backed'> | undefined,
  ): void {
    this.#connections.unsendOne(port);
    const reason = gate.whyOpen ?? '';
    if (backed !== undefined) this.#put({ kind: 'send-drop', to: backed.backup, port, reason });
    this.pass([...gate.open(), segment.id]);
  }

  #verdict(ids: readonly number[], passes: boolean): void {
    for (const id of ids) this.#put({ kind: 'verdict', id, passes });
  }
}
