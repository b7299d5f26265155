import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { MOST_CONNECTIONS } from '../channel/frame-limits.ts';
import type { ConnectionId } from './donor-types.ts';

interface GatheringPlan {
  /** ms in which the application has to give the states of a client's other connections */
  readonly patienceMs: number;
  /** the variant has a Prepare: states may take their time, and return routability runs meanwhile */
  readonly prepares: boolean;
  /** All live connections of the client here, by now. */
  live(): readonly LiveConnection[];
  /** The application gives states of connections that it has not asked to hand off. */
  givesStates(): boolean;
}

export interface LiveConnection {
  readonly connection: ConnectionId;
  /** the client's */
  readonly port: number;
  /** The application has closed it: it is served to the end where it is. */
  readonly closing: boolean;
}

export type GatheringInput =
  /** the application hands this connection off itself */
  | { readonly kind: 'requested'; readonly connection: ConnectionId; readonly state: Uint8Array }
  /** whether the client's binding can be moved: why not, if it cannot */
  | { readonly kind: 'movable' }
  | { readonly kind: 'hindered'; readonly reason: string }
  /** the application has thought better of it */
  | { readonly kind: 'cancelled'; readonly reason: string }
  /** answers to `ask`: the state, or that the connection stays */
  | { readonly kind: 'given'; readonly connection: ConnectionId; readonly state: Uint8Array }
  | { readonly kind: 'kept'; readonly connection: ConnectionId }
  /** a connection that was asked for has ended */
  | { readonly kind: 'ended' };

export type GatheringOutput =
  /** send Prepare to the acceptor, since the states may take their time */
  | { readonly kind: 'prepare' }
  /** ask the application for this connection's state; answer with `given` or `kept` */
  | { readonly kind: 'ask'; readonly connection: ConnectionId }
  /** hand all these off together */
  | { readonly kind: 'gathered'; readonly states: ReadonlyMap<ConnectionId, Uint8Array> }
  /** none moves; `asked`: a Prepare may have gone out, and the application goes on with `states` that it has given */
  | {
      readonly kind: 'stay';
      readonly reason: string;
      readonly asked: boolean;
      readonly states: ReadonlyMap<ConnectionId, Uint8Array>;
    }
  /** the state of a connection came too late: the application goes on with it */
  | { readonly kind: 'give-back'; readonly connection: ConnectionId; readonly state: Uint8Array };

interface Gathered {
  readonly states: ReadonlyMap<ConnectionId, Uint8Array>;
  readonly requested: ReadonlySet<ConnectionId>;
}

type GatheringState =
  /** it is not known yet whether the client's binding can be moved */
  | ({ readonly name: 'waiting' } & Gathered)
  | ({
      readonly name: 'gathering';
      readonly asked: ReadonlySet<ConnectionId>;
      readonly until: Instant;
    } & Gathered)
  | { readonly name: 'finished' };

/** The states of all connections of a client, for its handoff: all of them move, or none does. */
export class Gathering implements Role<GatheringInput, GatheringOutput> {
  readonly #plan: GatheringPlan;
  readonly #outputs: GatheringOutput[] = [];
  #state: GatheringState = { name: 'waiting', states: new Map(), requested: new Set() };

  constructor(plan: GatheringPlan) {
    this.#plan = plan;
  }

  /** It is too late to request one more. */
  get finished(): boolean {
    return this.#state.name === 'finished';
  }

  handle(input: GatheringInput, now: Instant): void {
    const state = this.#state;
    switch (input.kind) {
      case 'requested': {
        const { connection } = input;
        if (state.name === 'finished') return;
        const requested = new Set([...state.requested, connection]);
        this.#look({ ...state, requested, states: new Map([...state.states, [connection, input.state]]) });
        return;
      }
      case 'movable':
        if (state.name !== 'waiting') return;
        this.#look({ ...state, name: 'gathering', asked: new Set(), until: now + this.#plan.patienceMs });
        return;
      case 'hindered':
        if (state.name === 'waiting') this.#stay(state, input.reason);
        return;
      case 'cancelled':
        if (state.name !== 'finished') this.#stay(state, input.reason);
        return;
      case 'given':
        this.#given(state, input);
        return;
      case 'kept':
        // The application may have been about to hand this one off itself.
        if (state.name !== 'gathering' || state.requested.has(input.connection)) return;
        this.#stay(state, 'the application keeps a connection');
        return;
      case 'ended':
        if (state.name !== 'finished') this.#look(state);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): GatheringOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.#state.name === 'gathering' ? this.#state.until : undefined;
  }

  handleTimeout(now: Instant): void {
    const state = this.#state;
    if (state.name === 'gathering' && now >= state.until)
      this.#stay(state, 'the application does not give the state of a connection');
  }

  #given(
    state: GatheringState,
    { connection, state: given }: Extract<GatheringInput, { kind: 'given' }>,
  ): void {
    if (state.name === 'finished') this.#outputs.push({ kind: 'give-back', connection, state: given });
    else if (!state.requested.has(connection))
      this.#look({ ...state, states: new Map([...state.states, [connection, given]]) });
  }

  /** Asks for what is missing, of connections that come meanwhile too. */
  #look(state: Exclude<GatheringState, { name: 'finished' }>): void {
    this.#state = state;
    if (state.name === 'waiting') return;
    const live = this.#plan.live();
    const missing = live.filter(({ connection }) => !state.states.has(connection));
    const reason = this.#hindrance(state, live, missing);
    if (reason !== undefined) this.#stay(state, reason);
    else if (missing.length === 0) {
      this.#state = { name: 'finished' };
      const states = new Map(
        [...state.states].filter(([id]) => live.some(({ connection }) => connection === id)),
      );
      this.#outputs.push({ kind: 'gathered', states });
    } else this.#ask(state, missing);
  }

  /** Why the client stays, by now. */
  #hindrance(
    { requested }: Gathered,
    live: readonly LiveConnection[],
    missing: readonly LiveConnection[],
  ): string | undefined {
    if (live.length === 0) return 'the connection has ended';
    if (missing.length === 0) return undefined;
    if (!this.#plan.givesStates())
      return requested.size > 0 ? 'other connections of the client' : 'the application gives no states';
    const closing = missing.find((one) => one.closing);
    if (closing !== undefined) return `a connection of the client is being closed, from port ${closing.port}`;
    return live.length > MOST_CONNECTIONS ? 'too many connections of the client' : undefined;
  }

  #ask(state: Extract<GatheringState, { name: 'gathering' }>, missing: readonly LiveConnection[]): void {
    if (state.asked.size === 0 && this.#plan.prepares) this.#outputs.push({ kind: 'prepare' });
    const unasked = missing.map(({ connection }) => connection).filter((one) => !state.asked.has(one));
    this.#state = { ...state, asked: new Set([...state.asked, ...unasked]) };
    for (const connection of unasked) this.#outputs.push({ kind: 'ask', connection });
  }

  #stay(state: Exclude<GatheringState, { name: 'finished' }>, reason: string): void {
    this.#state = { name: 'finished' };
    const asked = state.name === 'gathering' && state.asked.size > 0;
    this.#outputs.push({ kind: 'stay', reason, asked, states: state.states });
  }
}
