import type { AcceptorInput, AcceptorOutput } from './acceptor-types.ts';
import type { BundledConnection } from './connection-bundle.ts';
import type { DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';

/** A connection of the client, by a number that its member gave it. */
export type ConnectionId = number;

/** The application's states travel with their connections: the plan has none of its own. */
export type DonorConnectionsPlan = Omit<DonorPlan, 'applicationState'>;

type Shared<Input extends { readonly kind: string }, Own extends string> = Exclude<
  Input,
  { readonly kind: Own }
>;
type OfConnection<Input> = Input & { readonly connection: ConnectionId };

export type DonorConnectionsInput =
  | Shared<DonorInput, 'last-send-returned' | 'drained' | 'extracted' | 'not-extracted' | 'client-gone'>
  /** of this connection; see DonorInput */
  | { readonly kind: 'last-send-returned' | 'drained'; readonly connection: ConnectionId }
  | { readonly kind: 'client-gone'; readonly connection: ConnectionId }
  | {
      readonly kind: 'extracted';
      readonly connection: ConnectionId;
      readonly state: BundledConnection;
      /** last Binding Update sequence number of the client */
      readonly sequence: number;
    }
  | OfConnection<Extract<DonorInput, { readonly kind: 'not-extracted' }>>;

/** What the donor of one connection puts out, for `connections` together. */
export type DonorConnectionsOutput =
  | (Exclude<DonorOutput, { readonly kind: 'send' | 'contest' | 'reclaim' }> & {
      readonly connections: readonly ConnectionId[];
    })
  | Extract<DonorOutput, { readonly kind: 'send' | 'contest' | 'reclaim' }>
  /** this connection has ended: close its socket, the others go on without it */
  | { readonly kind: 'leave-out'; readonly connection: ConnectionId }
  /** new connections of this client stay unanswered until the end: its next attempt reaches whoever serves it then */
  | { readonly kind: 'hold-new-connections' };

export type AcceptorConnectionsInput =
  | Shared<AcceptorInput, 'restored' | 'client-gone'>
  | OfConnection<Extract<AcceptorInput, { readonly kind: 'restored' | 'client-gone' }>>;

/** What the acceptor of one connection puts out; a connection's number is its place in the bundle. */
export type AcceptorConnectionsOutput =
  | Exclude<AcceptorOutput, { readonly kind: 'restore-socket' | 'activate' }>
  /** re-create all these sockets, frozen; answer with `restored` for each, or with one `failed` */
  | { readonly kind: 'restore-sockets'; readonly connections: readonly BundledConnection[] }
  /** unfreeze all of them */
  | { readonly kind: 'activate'; readonly connections: readonly BundledConnection[] };
