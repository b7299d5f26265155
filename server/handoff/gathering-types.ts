import type { ConnectionId } from './donor-types.ts';

/** Of one client's connections. */
export interface GatheringPlan {
  /** ms in which the application has to give the states of a client's other connections */
  readonly patienceMs: number;
  /** the variant has a Prepare: states may take their time, and return routability runs meanwhile */
  readonly prepares: boolean;
  /** All live connections of the client here, by now. */
  live(): readonly LiveConnection[];
  /** How the octets of a connection's client come; undefined: none do. */
  arrivals(connection: ConnectionId): Arrivals | undefined;
  /** The application gives states of connections that it has not asked to hand off. */
  givesStates(): boolean;
}

/** See `linux/tcp/arrivals.ts`. */
export interface Arrivals {
  readonly roundTripMs: number;
  /** since the last octets, ms */
  readonly sinceMs: number;
  /** They come by the window: what is under way is more than a few segments. */
  readonly streams: boolean;
}

export interface LiveConnection {
  readonly connection: ConnectionId;
  /** the client's */
  readonly port: number;
  /** The application has closed it: it is served to the end where it is. */
  readonly closing: boolean;
}

export type GatheringInput =
  /** the application hands this connection off itself; without a state, it has to be asked for it */
  | { readonly kind: 'requested'; readonly connection: ConnectionId; readonly state?: Uint8Array }
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
  /** the client of this connection is to send nothing more than what is under way from it */
  | { readonly kind: 'close-window'; readonly connection: ConnectionId }
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
