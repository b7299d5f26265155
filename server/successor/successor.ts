import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { isLate } from '../attention.ts';
import { checkTransition, type Transitions } from '../transitions.ts';
import { EVERY_PORT } from './frames.ts';
import { inputBehind, positionAt } from './position.ts';
import type {
  KeptConnection,
  Position,
  ReplicaState,
  Standing,
  SuccessorInput,
  SuccessorOutput,
  SuccessorPlan,
} from './successor-types.ts';

/** When the client is asked next, and how often it has been. */
interface Probing {
  readonly probeAt: Instant;
  readonly probes: number;
  /** The client has acknowledged the binding: whoever has refused it since has another member's. */
  readonly acknowledged: boolean;
}

type SuccessorState =
  /** `warm`: both tokens are here; `testedAt`: since when, or since when they are asked for */
  | { readonly name: 'kept'; readonly warm: boolean; readonly testedAt: Instant }
  /** return routability is run, then the Binding Update goes out */
  | { readonly name: 'binding' }
  /**
   * The Binding Update is out, the client is asked where it stands. `disputed`: it says that the number has been used, by its holder or from
   * here, and is given until then to answer a probe: only to the member that it is bound to does it.
   */
  | ({ readonly name: 'probing'; readonly disputed?: Instant } & Probing)
  /**
   * A connection is served here; `settledAt`: until then the client's acknowledgements are looked at. `renewing`: the client has refused the number,
   * which may have been an answer to this member's own update, and is asked under the next one.
   */
  | ({ readonly name: 'live'; readonly settledAt: Instant; readonly renewing: boolean } & Probing)
  /** the client is another member's */
  | { readonly name: 'superseded' }
  | { readonly name: 'finished' };

type Name = SuccessorState['name'];
type In<Names extends Name> = Extract<SuccessorState, { readonly name: Names }>;

/** All that may follow each state. The figure in README.md is this list. */
export const successorTransitions: Transitions<Name> = {
  kept: ['binding', 'probing', 'finished'],
  binding: ['probing', 'superseded', 'finished'],
  probing: ['live', 'superseded', 'finished'],
  live: ['superseded', 'finished'],
  superseded: [],
  finished: [],
};

/** Tokens are good for 210 s (MAX_TOKEN_LIFETIME), nonces for 240: asked for anew by then, the old ones standing until the answer. */
export const RETEST_MS = 180_000;
/** A client's kernel answers one segment out of order in 500 ms (`tcp_invalid_ratelimit`); whether it has, the answer's loss would hide. */
const PROBE_MS = 510;
/**
 * From the Binding Update on: the client's kernel drops without an answer what comes before its daemon has programmed the binding, however long that
 * takes; so the first ones follow each other soon. Together somewhat more than the 500 ms.
 */
const FIRST_PROBES_MS: readonly number[] = [1, 4, 16, 64, 430];
/** Some probes long: of a client whose answer says whose it is. */
export const DISPUTE_MS = 4 * PROBE_MS;
/** A client repeats what it sends after some seconds at most; and a hole that hides another is filled by then. */
export const SETTLING_MS = 10_000;

const never = Number.POSITIVE_INFINITY;

type Connection<State> = KeptConnection<State> & {
  /** undefined: not yet */
  readonly served?: { readonly position: Position; readonly input: number };
};

/**
 * The member that goes on with a client's connections when their holder dies; ends with `over` or `stop`, once.
 *
 * It keeps what its holder sends and the tokens that a Binding Update takes. When the holder ends or is silent it binds the client under the number that
 * was set for that, and asks it by a probe where each connection stands: what the client has is the only thing that nobody else knows.
 *
 * A holder that was only cut off uses no number above that one without asking for it, so that the client decides: whoever it is bound to serves.
 */
export class Successor<State extends ReplicaState>
  implements Role<SuccessorInput<State>, SuccessorOutput<State>>
{
  readonly #plan: SuccessorPlan;
  readonly #connections = new Map<number, Connection<State>>();
  readonly #outputs: SuccessorOutput<State>[] = [];
  #state: SuccessorState;
  #takeover = 0;
  /** of the holder's last frame, and of the last that was acknowledged */
  #number = 0;
  #acknowledged = 0;
  #served = false;
  /** the holder is silent only from here on: this process itself may have stood still */
  #patientFrom = Number.NEGATIVE_INFINITY;

  constructor(plan: SuccessorPlan, now: Instant) {
    this.#plan = plan;
    this.#state = { name: 'kept', warm: false, testedAt: now };
    this.#put({ kind: 'test' });
  }

  get finished(): boolean {
    return this.#state.name === 'finished' || this.#state.name === 'superseded';
  }

  /** The client is being taken over, or has been. */
  get begun(): boolean {
    return this.#state.name !== 'kept' && !this.finished;
  }

  /** For who draws or checks the transitions. */
  get state(): Name {
    return this.#state.name;
  }

  get ports(): readonly number[] {
    return [...this.#connections.keys()];
  }

  handle(input: SuccessorInput<State>, now: Instant): void {
    const state = this.#state;
    if (this.finished) return;
    switch (input.kind) {
      case 'replica':
      case 'sequence':
        if (state.name === 'kept') this.#keep(state, input);
        return;
      case 'dropped':
        if (state.name === 'kept') this.#dropped(input.port);
        return;
      case 'withdrawn':
        if (state.name === 'kept') this.#refuse(input.reason);
        return;
      case 'holder-gone':
        if (state.name === 'kept') this.#take(state, now);
        return;
      case 'routable':
        this.#routable(state, now);
        return;
      case 'bound':
        if (state.name === 'live') this.#to({ ...state, acknowledged: true, renewing: false });
        else if (state.name === 'probing') this.#to({ ...state, acknowledged: true });
        return;
      case 'superseded':
        this.#superseded(state, input.reason, now);
        return;
      // Of a handoff.
      case 'moved':
        return;
      case 'refused':
        if (state.name === 'kept') this.#refuse(input.reason);
        else this.#stop(input.reason);
        return;
      case 'unanswered':
        this.#unanswered(state, input.reason);
        return;
      case 'standing':
        this.#standing(state, input, now);
        return;
      case 'received':
        this.#received(input.port, input.octets);
        return;
      case 'client-gone':
        this.#gone(input.port);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): SuccessorOutput<State> | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    const state = this.#state;
    switch (state.name) {
      case 'kept':
        return Math.min(this.#silentAt, state.testedAt + RETEST_MS);
      case 'probing':
        return earliest([state.probeAt, state.disputed]);
      case 'live':
        if (state.settledAt === never) return undefined;
        return earliest([state.settledAt, this.#unserved.length > 0 ? state.probeAt : undefined]);
      case 'binding':
      case 'superseded':
      case 'finished':
        return undefined;
      default:
        return state satisfies never;
    }
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    const state = this.#state;
    if (due === undefined || now < due) return;
    if (state.name === 'kept') {
      if (now >= state.testedAt + RETEST_MS) this.#test({ ...state, testedAt: now });
      if (now >= this.#silentAt) this.#silent(state, now);
    } else if (state.name === 'probing') {
      if (state.disputed !== undefined && now >= state.disputed) this.#stop('the client is another member’s');
      else this.#probe(state, now);
    } else if (state.name === 'live') {
      if (now >= state.settledAt) this.#settle();
      else this.#probe(state, now);
    }
  }

  get #silentAt(): Instant {
    return Math.max(this.#plan.heardAt(), this.#patientFrom) + this.#plan.silentMs;
  }

  /** Not yet when this process stood still as well: what the holder has sent meanwhile is not read yet. */
  #silent(state: In<'kept'>, now: Instant): void {
    if (isLate(now, this.#silentAt)) this.#patientFrom = now;
    else this.#take(state, now);
  }

  #keep(
    state: In<'kept'>,
    input: Extract<SuccessorInput<State>, { readonly kind: 'replica' | 'sequence' }>,
  ): void {
    this.#number = input.number;
    this.#takeover = input.takeover;
    if (input.kind === 'replica') {
      const { port, state: kept, applicationState } = input;
      this.#connections.set(port, { port, state: kept, applicationState });
    }
    if (state.warm) this.#acknowledge();
  }

  #acknowledge(): void {
    if (this.#acknowledged === this.#number || this.#connections.size === 0) return;
    this.#acknowledged = this.#number;
    this.#put({ kind: 'acknowledge', number: this.#number });
  }

  #dropped(port: number): void {
    if (port === EVERY_PORT) this.#connections.clear();
    else this.#connections.delete(port);
    if (this.#connections.size === 0) this.#over(false);
  }

  #test(state: In<'kept'>): void {
    this.#to(state);
    this.#put({ kind: 'test' });
  }

  #routable(state: SuccessorState, now: Instant): void {
    if (state.name === 'kept') {
      this.#to({ name: 'kept', warm: true, testedAt: now });
      this.#acknowledge();
    } else if (state.name === 'binding') this.#bind(now);
  }

  /** The holder is gone, or silent. */
  #take(state: In<'kept'>, now: Instant): void {
    if (this.#connections.size === 0) this.#over(false);
    else if (state.warm) this.#bind(now);
    else {
      this.#to({ name: 'binding' });
      this.#put({ kind: 'test' });
    }
  }

  /** The Binding Update, and soon behind it the first probe of every connection. */
  #bind(now: Instant): void {
    this.#put({ kind: 'bind', sequence: this.#takeover });
    this.#to({ name: 'probing', probeAt: now + FIRST_PROBES_MS[0]!, probes: 0, acknowledged: false });
  }

  #probe(state: In<'probing' | 'live'>, now: Instant): void {
    const probes = state.probes + 1;
    this.#to({ ...state, probes, probeAt: now + (FIRST_PROBES_MS[probes] ?? PROBE_MS) });
    for (const { served: _, ...connection } of this.#unserved) this.#put({ kind: 'probe', ...connection });
  }

  get #unserved(): readonly Connection<State>[] {
    return [...this.#connections.values()].filter(({ served }) => served === undefined);
  }

  /**
   * Somebody has used the number: the holder, which asks by it; an acceptor of the holder's, by a later one; or this member, whose first Binding Update
   * was answered and the answer lost. The client answers a probe of the member alone that it is bound to.
   */
  #superseded(state: SuccessorState, reason: string, now: Instant): void {
    if (state.name === 'probing' && state.disputed === undefined)
      this.#probe({ ...state, disputed: now + DISPUTE_MS }, now);
    // It has answered a probe, and so was bound here: the number is one that it had accepted from here, perhaps.
    else if (state.name === 'live' && !state.acknowledged && !state.renewing) this.#renew(state);
    else if (state.name === 'live') this.#stop(reason);
    else if (state.name === 'kept') this.#refuse(reason);
    else if (state.name === 'binding') this.#stop(reason);
  }

  #renew(state: In<'live'>): void {
    this.#to({ ...state, renewing: true });
    this.#put({ kind: 'renew' });
  }

  /** Nobody else may be there to serve the client: as long as it is not known to be another's it is asked again. */
  #unanswered(state: SuccessorState, reason: string): void {
    if (state.name === 'kept') {
      if (!state.warm) this.#refuse(reason);
    } else if (state.name === 'binding') this.#put({ kind: 'test' });
    else if (state.name === 'probing' && state.disputed === undefined)
      this.#put({ kind: 'bind', sequence: this.#takeover });
  }

  #standing(
    state: SuccessorState,
    { port, standing, ahead }: Extract<SuccessorInput<State>, { readonly kind: 'standing' }>,
    now: Instant,
  ): void {
    const connection = this.#connections.get(port);
    if (connection === undefined || (state.name !== 'probing' && state.name !== 'live')) return;
    const again = connection.served !== undefined;
    // What has come behind `serve` is the new socket's own affair, unless it cannot be.
    if (again && !ahead) return;
    if (state.name === 'probing') {
      const { disputed: _, ...probing } = state;
      const live = { ...probing, name: 'live', settledAt: now + SETTLING_MS, renewing: false } as const;
      this.#to(live);
      // It answers to a number that it has been given before: the answer to that was lost.
      if (state.disputed !== undefined) this.#renew(live);
    }
    if (standing.over) this.#gone(port);
    else this.#serve(connection, standing);
  }

  #serve(connection: Connection<State>, standing: Standing): void {
    const { port, state, applicationState } = connection;
    const { position, whyNot } = positionAt(state, standing);
    if (whyNot !== undefined) {
      this.#breakOff({ ...connection, served: { position, input: 0 } }, whyNot);
      return;
    }
    const input = inputBehind(state, standing);
    this.#connections.set(port, { port, state, applicationState, served: { position, input } });
    this.#served = true;
    this.#put({ kind: 'serve', port, state, applicationState, position });
  }

  #breakOff({ port, state, served }: Connection<State>, reason: string): void {
    this.#put({ kind: 'break-off', port, state, position: served!.position, reason });
    this.#gone(port);
  }

  #gone(port: number): void {
    if (this.#state.name === 'kept') return;
    this.#connections.delete(port);
    if (this.#connections.size > 0) return;
    // The end of what was served takes the binding with it.
    if (!this.#served) this.#put({ kind: 'let-go' });
    this.#over(this.#served);
  }

  /** What the client has sent to the holder, and will not send again, nobody has. */
  #settle(): void {
    const before = [...this.#connections.values()];
    for (const { port, served } of before)
      if (served !== undefined && served.input > 0) this.#put({ kind: 'check-input', port });
    if (before.every(({ served }) => served === undefined || served.input === 0)) this.#over(true);
    else if (this.#state.name === 'live') this.#to({ ...this.#state, settledAt: never });
  }

  #received(port: number, octets: number): void {
    const connection = this.#connections.get(port);
    if (connection?.served === undefined || this.#state.name !== 'live') return;
    const { input } = connection.served;
    this.#connections.delete(port);
    // A FIN counts one, and is no octet: a client that has closed its side awaits nothing but the rest.
    const lost = input - octets;
    if (lost > 1) {
      const reason = `the client has sent ${lost} octets to the member that died, and does not repeat them`;
      this.#put({
        kind: 'break-off',
        port,
        state: connection.state,
        position: connection.served.position,
        reason,
      });
    }
    const open = [...this.#connections.values()].some(({ served }) => (served?.input ?? 0) > 0);
    if (!open) this.#over(true);
  }

  #refuse(reason: string): void {
    this.#put({ kind: 'refuse', reason });
    this.#over(false);
  }

  #over(served: boolean): void {
    this.#to({ name: 'finished' });
    this.#put({ kind: 'over', served });
  }

  #stop(reason: string): void {
    this.#to({ name: 'superseded' });
    this.#put({ kind: 'stop', reason });
  }

  #put(output: SuccessorOutput<State>): void {
    this.#outputs.push(output);
  }

  #to(state: SuccessorState): void {
    checkTransition('successor', successorTransitions, this.#state.name, state.name);
    this.#state = state;
  }
}
