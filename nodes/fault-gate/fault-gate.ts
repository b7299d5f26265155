import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { GateSignal } from './signal-of.ts';

/** One thing that goes wrong in a session: with the first packet of this name, or right behind it. */
export interface PlannedFault {
  readonly signal: string;
  readonly fault:
    | 'lost'
    | 'doubled'
    | 'delayed'
    | 'donor-cut-off'
    | 'acceptor-cut-off'
    | 'donor-killed'
    | 'acceptor-killed';
}

interface GatePlan {
  /** of each session, in order */
  readonly sessions: readonly (readonly PlannedFault[])[];
  /** names of what the channel carries, by its direction, in order; one that does not pass in a session is not counted */
  readonly toAcceptor: readonly (readonly string[])[];
  readonly toDonor: readonly (readonly string[])[];
  /** ms until a packet's copy follows it: longer than any path, since the copy does not wait */
  readonly copyMs: number;
  /** ms after which a packet that is held goes on, if no other has passed it */
  readonly holdMs: number;
  /** ms for which a member is cut off */
  readonly cutMs: number;
}

/** A packet waits for a verdict; `signal`: what it is. */
interface GateInput {
  readonly kind: 'packet';
  readonly id: number;
  readonly signal: GateSignal | undefined;
}

export type GateOutput =
  | { readonly kind: 'verdict'; readonly id: number; readonly passes: boolean }
  /** sends the packet of this number once more, now */
  | { readonly kind: 'repeat'; readonly id: number }
  | { readonly kind: 'kill' | 'cut' | 'heal'; readonly member: 'donor' | 'acceptor' }
  | { readonly kind: 'applied'; readonly session: number; readonly signal: string; readonly fault: string };

type Later = { readonly at: Instant } & (
  | { readonly kind: 'pass' | 'repeat'; readonly id: number }
  | { readonly kind: 'heal'; readonly member: 'donor' | 'acceptor' }
);

/**
 * Stands at the router and lets every packet pass but those that a session's plan names. A session begins with its client's SYN, its
 * handoff with the first frame from donor to acceptor: what passed before, such as the donor's own binding, is no part of it.
 */
export class FaultGate implements Role<GateInput, GateOutput> {
  readonly #plan: GatePlan;
  readonly #outputs: GateOutput[] = [];
  #later: Later[] = [];
  #session = -1;
  #begun = false;
  #open: PlannedFault[] = [];
  /** sequence numbers of the channel's segments, by direction: one that is sent again is the same signal */
  #seen = { acceptor: new Set<number>(), donor: new Set<number>() };

  /** messages of each name in this handoff */
  #counts = new Map<string, number>();
  /** of tests that the acceptor has begun */
  #cookies = new Set<string>();
  /**
   * The donor has sent an update for the acceptor: what the client answers it from now on is about that. The number does not tell: of an update that one of
   * the acceptor's has overtaken the client says which it has accepted last.
   */
  #hasBoundAnother = false;

  constructor(plan: GatePlan) {
    this.#plan = plan;
  }

  handle({ id, signal }: GateInput, now: Instant): void {
    const name = signal && this.#nameOf(signal);
    const fault = name === undefined ? undefined : this.#take(name);
    if (fault === undefined) this.#pass(id);
    else this.#apply(fault, id, now);
    // Whatever is held has now been overtaken.
    if (name !== undefined && fault?.fault !== 'delayed') this.#release();
  }

  poll(): GateOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.#later.length === 0 ? undefined : Math.min(...this.#later.map(({ at }) => at));
  }

  handleTimeout(now: Instant): void {
    const due = this.#later.filter(({ at }) => at <= now);
    this.#later = this.#later.filter(({ at }) => at > now);
    for (const one of due) {
      if (one.kind === 'pass') this.#pass(one.id);
      else
        this.#outputs.push(
          one.kind === 'heal' ? { kind: 'heal', member: one.member } : { kind: 'repeat', id: one.id },
        );
    }
  }

  #nameOf(signal: GateSignal): string | undefined {
    if (signal.kind === 'session') {
      this.#begin();
      return undefined;
    }
    if (signal.kind === 'mobility')
      return this.#begun && this.#isOfHandoff(signal) ? this.#numbered(signal.name) : undefined;
    const seen = this.#seen[signal.to];
    if (this.#session < 0 || seen.has(signal.sequence)) return undefined;
    if (signal.to === 'acceptor') this.#begun = true;
    if (!this.#begun) return undefined;
    seen.add(signal.sequence);
    const { toAcceptor, toDonor } = this.#plan;
    const names = (signal.to === 'acceptor' ? toAcceptor : toDonor)[this.#session] ?? [];
    return names[seen.size - 1];
  }

  /** Where a handoff is prepared early the donor binds the client to itself meanwhile: its own tests and answers are none of the handoff. */
  #isOfHandoff({ name, ofAcceptor, cookie, inBand }: GateSignal & { readonly kind: 'mobility' }): boolean {
    if (cookie !== undefined) {
      if (ofAcceptor) this.#cookies.add(cookie);
      return this.#cookies.has(cookie);
    }
    if (inBand === undefined) return true;
    if (name.startsWith('binding-update')) this.#hasBoundAnother = true;
    return this.#hasBoundAnother;
  }

  /** The second of a kind has its number behind its name: `binding-update-2`. */
  #numbered(name: string): string {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  }

  #begin(): void {
    this.#session += 1;
    this.#begun = false;
    this.#open = [...(this.#plan.sessions[this.#session] ?? [])];
    this.#seen = { acceptor: new Set(), donor: new Set() };
    this.#counts = new Map();
    this.#cookies = new Set();
    this.#hasBoundAnother = false;
  }

  #take(name: string): PlannedFault | undefined {
    const index = this.#open.findIndex(({ signal }) => signal === name);
    return index < 0 ? undefined : this.#open.splice(index, 1)[0];
  }

  #apply(planned: PlannedFault, id: number, now: Instant): void {
    const { signal, fault } = planned;
    this.#outputs.push({ kind: 'applied', session: this.#session, signal, fault });
    if (fault === 'lost') {
      this.#outputs.push({ kind: 'verdict', id, passes: false });
      return;
    }
    if (fault === 'delayed') {
      this.#later.push({ kind: 'pass', id, at: now + this.#plan.holdMs });
      return;
    }
    if (fault === 'doubled') this.#later.push({ kind: 'repeat', id, at: now + this.#plan.copyMs });
    this.#pass(id);
    if (fault === 'doubled') return;
    const member = fault.startsWith('donor') ? 'donor' : 'acceptor';
    if (fault.endsWith('killed')) this.#outputs.push({ kind: 'kill', member });
    else {
      this.#outputs.push({ kind: 'cut', member });
      this.#later.push({ kind: 'heal', member, at: now + this.#plan.cutMs });
    }
  }

  #release(): void {
    for (const one of this.#later) if (one.kind === 'pass') this.#pass(one.id);
    this.#later = this.#later.filter(({ kind }) => kind !== 'pass');
  }

  #pass(id: number): void {
    this.#outputs.push({ kind: 'verdict', id, passes: true });
  }
}
