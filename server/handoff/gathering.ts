import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { MOST_CONNECTIONS } from '../channel/frame-limits.ts';
import type { ConnectionId } from './donor-types.ts';
import type {
  Arrivals,
  GatheringInput,
  GatheringOutput,
  GatheringPlan,
  LiveConnection,
} from './gathering-types.ts';

interface Gathered {
  readonly states: ReadonlyMap<ConnectionId, Uint8Array>;
  readonly requested: ReadonlySet<ConnectionId>;
}

/** What a client has sent is awaited. */
interface Settling {
  /** when it is looked again whether it has come */
  readonly look: Instant;
  /** when it is waited for no longer */
  readonly until: Instant;
}

/** A client that is told to send nothing hears it half a round trip later, and what it has sent by then needs as long: 1; and for as many more something may come. */
const MOST_ROUND_TRIPS = 3;
/** Nothing has come for this part of a round trip: nothing will. */
const QUIET_PART = 1 / 8;

type GatheringState =
  /** it is not known yet whether the client's binding can be moved */
  | ({ readonly name: 'waiting' } & Gathered)
  | ({
      readonly name: 'gathering';
      readonly asked: ReadonlySet<ConnectionId>;
      readonly settling: ReadonlyMap<ConnectionId, Settling>;
      /** those of which nothing is under way any more */
      readonly quiet: ReadonlySet<ConnectionId>;
      readonly until: Instant;
    } & Gathered)
  | { readonly name: 'finished' };

type In<Name extends GatheringState['name']> = Extract<GatheringState, { readonly name: Name }>;

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
        if (state.name === 'finished') return;
        const { connection, state: given } = input;
        const requested = new Set([...state.requested, connection]);
        const states = given === undefined ? state.states : new Map([...state.states, [connection, given]]);
        this.#look({ ...state, requested, states }, now);
        return;
      }
      case 'movable':
        if (state.name !== 'waiting') return;
        this.#look(
          {
            ...state,
            name: 'gathering',
            asked: new Set(),
            settling: new Map(),
            quiet: new Set(),
            until: now + this.#plan.patienceMs,
          },
          now,
        );
        return;
      case 'hindered':
        if (state.name === 'waiting') this.#stay(state, input.reason);
        return;
      case 'cancelled':
        if (state.name !== 'finished') this.#stay(state, input.reason);
        return;
      case 'given':
        this.#given(state, input, now);
        return;
      case 'kept':
        // The application may have been about to hand this one off itself.
        if (state.name !== 'gathering' || state.states.has(input.connection)) return;
        this.#stay(state, 'the application keeps a connection');
        return;
      case 'ended':
        if (state.name !== 'finished') this.#look(state, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): GatheringOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    if (this.#state.name !== 'gathering') return undefined;
    return Math.min(this.#state.until, ...[...this.#state.settling.values()].map(({ look }) => look));
  }

  handleTimeout(now: Instant): void {
    const state = this.#state;
    if (state.name !== 'gathering') return;
    if (now < state.until) this.#look(state, now);
    else if ([...state.asked].some((one) => !state.states.has(one)))
      this.#stay(state, 'the application does not give the state of a connection');
    else this.#stay(state, 'what the client has sent is on its way for too long');
  }

  #given(
    state: GatheringState,
    { connection, state: given }: Extract<GatheringInput, { kind: 'given' }>,
    now: Instant,
  ): void {
    if (state.name === 'finished') this.#outputs.push({ kind: 'give-back', connection, state: given });
    else if (!state.states.has(connection))
      this.#look({ ...state, states: new Map([...state.states, [connection, given]]) }, now);
  }

  /** Asks for what is missing, of connections that come meanwhile too. */
  #look(state: Exclude<GatheringState, { name: 'finished' }>, now: Instant): void {
    this.#state = state;
    if (state.name === 'waiting') return;
    const live = this.#plan.live();
    const missing = live.filter(({ connection }) => !state.states.has(connection));
    const reason = this.#hindrance(state, live, missing);
    if (reason !== undefined) this.#stay(state, reason);
    else this.#settle(state, live, now);
  }

  /** Every connection's state is taken when its client has nothing under way: the acceptor could not acknowledge what comes behind it. */
  #settle(state: In<'gathering'>, live: readonly LiveConnection[], now: Instant): void {
    const open = live.map(({ connection }) => connection).filter((one) => !state.quiet.has(one));
    const settling = new Map(
      open.flatMap((one) => {
        const awaited = this.#awaited(state, one, now);
        return awaited === undefined ? [] : [[one, awaited] as const];
      }),
    );
    const ready = open.filter((one) => !settling.has(one));
    const unasked = ready.filter((one) => !state.states.has(one));
    const begins = !hasBegun(state) && settling.size + unasked.length > 0;
    if (begins && this.#plan.prepares) this.#outputs.push({ kind: 'prepare' });
    for (const one of settling.keys())
      if (!state.settling.has(one)) this.#outputs.push({ kind: 'close-window', connection: one });
    for (const connection of unasked) this.#outputs.push({ kind: 'ask', connection });
    const quiet = new Set([...state.quiet, ...ready]);
    const asked = new Set([...state.asked, ...unasked]);
    this.#state = { ...state, asked, quiet, settling };
    if (settling.size > 0 || live.some(({ connection }) => !state.states.has(connection))) return;
    this.#state = { name: 'finished' };
    const states = new Map(
      [...state.states].filter(([id]) => live.some(({ connection }) => connection === id)),
    );
    this.#outputs.push({ kind: 'gathered', states });
  }

  /** Undefined: nothing is under way. */
  #awaited(state: In<'gathering'>, connection: ConnectionId, now: Instant): Settling | undefined {
    const known = state.settling.get(connection);
    return known === undefined
      ? this.#quieten(connection, state.states.has(connection), now)
      : this.#await(connection, known, now);
  }

  /** Why the client stays, by now. */
  #hindrance(
    { requested }: Gathered,
    live: readonly LiveConnection[],
    missing: readonly LiveConnection[],
  ): string | undefined {
    if (live.length === 0) return 'the connection has ended';
    if (missing.length === 0) return undefined;
    if (missing.some(({ connection }) => !requested.has(connection)) && !this.#plan.givesStates())
      return requested.size > 0 ? 'other connections of the client' : 'the application gives no states';
    const closing = missing.find((one) => one.closing);
    if (closing !== undefined) return `a connection of the client is being closed, from port ${closing.port}`;
    return live.length > MOST_CONNECTIONS ? 'too many connections of the client' : undefined;
  }

  /**
   * Undefined: nothing is under way. Behind a state that was `given` at once a single request may be: it is lost, and the client sends it
   * again sooner than two round trips later; what fills a window is not.
   */
  #quieten(connection: ConnectionId, given: boolean, now: Instant): Settling | undefined {
    const { roundTripMs, sinceMs, streams } = this.#plan.arrivals(connection) ?? NOTHING;
    if (sinceMs >= roundTripMs || (given && !streams)) return undefined;
    return { look: now + roundTripMs, until: now + MOST_ROUND_TRIPS * roundTripMs };
  }

  #await(connection: ConnectionId, settling: Settling, now: Instant): Settling | undefined {
    if (now < settling.look) return settling;
    const { roundTripMs, sinceMs } = this.#plan.arrivals(connection) ?? NOTHING;
    const quietMs = roundTripMs * QUIET_PART;
    if (sinceMs >= quietMs || now >= settling.until) return undefined;
    return { ...settling, look: Math.min(now + quietMs, settling.until) };
  }

  #stay(state: Exclude<GatheringState, { name: 'finished' }>, reason: string): void {
    this.#state = { name: 'finished' };
    const asked = state.name === 'gathering' && hasBegun(state);
    this.#outputs.push({ kind: 'stay', reason, asked, states: state.states });
  }
}

const NOTHING: Arrivals = { roundTripMs: 0, sinceMs: 0, streams: false };

/** Something has been asked for, or is about to be. */
function hasBegun({ asked, settling }: In<'gathering'>): boolean {
  return asked.size + settling.size > 0;
}
