import { Outbox } from '../../mip6/roles/shared/outbox.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { TokenBuckets } from '../admission/token-buckets.ts';

/** TCP repeats what is not acknowledged every two minutes at most (TCP_RTO_MAX): by then each connection that has something to say has said it. */
export const WATCH_MS = 130_000;

/**
 * Segments of one client that are looked at, and of all. A client whose segment is not repeats it (RFC 6298 §2.4: a second later at first); one that sends
 * without end is not to keep a member from the others.
 */
export const SEGMENTS_OF_CLIENT = { burst: 64, perSecond: 8 } as const;
export const SEGMENTS_OF_ALL = { burst: 512, perSecond: 64 } as const;

/** A segment of a client's that acknowledges something. */
export interface StrangeSegment {
  /** the client's port */
  readonly port: number;
  /** of the client's, which a reset has to have as its own sequence number (RFC 9293 §3.10.7.1) */
  readonly acknowledgement: number;
}

export type StrangersInput =
  /** this member has taken the client over, with the connections of these ports */
  | { readonly kind: 'taken'; readonly client: Ipv6Address; readonly ports: readonly number[] }
  /** it goes to another member, or is another's */
  | { readonly kind: 'left'; readonly client: Ipv6Address }
  /** a segment of a connection that this host may have no socket of */
  | ({ readonly kind: 'heard'; readonly client: Ipv6Address } & StrangeSegment);

export type StrangersOutput =
  /** tell of segments of the client's, of whose connections this host may have no socket; those of these ports it has, or will have */
  | { readonly kind: 'watch'; readonly client: Ipv6Address; readonly ports: readonly number[] }
  | { readonly kind: 'unwatch'; readonly client: Ipv6Address }
  /** reset this connection, unless this host has it: nobody else has it any more */
  | ({ readonly kind: 'turn-away'; readonly client: Ipv6Address } & StrangeSegment);

interface Taken {
  readonly ports: ReadonlySet<number>;
  readonly until: Instant;
}

/**
 * The other connections of clients that were taken over. A client has one binding, so that all it had were at one member; of those which that
 * member had not protected nobody has anything, and it will not have the client again. A member says nothing of connections that it does not know, for
 * another may have them: here none has.
 */
export class Strangers implements Role<StrangersInput, StrangersOutput> {
  readonly #isBound: (client: Ipv6Address) => boolean;
  readonly #taken = new Map<Ipv6Address, Taken>();
  readonly #ofClient = new TokenBuckets<Ipv6Address>(SEGMENTS_OF_CLIENT);
  readonly #ofAll = new TokenBuckets<'all'>(SEGMENTS_OF_ALL);
  readonly #outputs = new Outbox<StrangersOutput>();

  /** `isBound`: to this member, as far as it knows */
  constructor(isBound: (client: Ipv6Address) => boolean) {
    this.#isBound = isBound;
  }

  handle(input: StrangersInput, now: Instant): void {
    const { kind, client } = input;
    switch (kind) {
      case 'taken':
        this.#take(client, input.ports, now);
        return;
      case 'left':
        this.#end(client);
        return;
      case 'heard':
        this.#heard(input, now);
        return;
      default:
        kind satisfies never;
    }
  }

  poll(): StrangersOutput | undefined {
    return this.#outputs.poll();
  }

  deadline(): Instant | undefined {
    // In the order of time.
    return this.#taken.values().next().value?.until;
  }

  handleTimeout(now: Instant): void {
    for (const [client, { until }] of this.#taken) {
      if (now < until) return;
      this.#end(client);
    }
  }

  #take(client: Ipv6Address, ports: readonly number[], now: Instant): void {
    this.#taken.delete(client);
    this.#taken.set(client, { ports: new Set(ports), until: now + WATCH_MS });
    this.#outputs.push({ kind: 'watch', client, ports });
  }

  #heard(
    { client, port, acknowledgement }: Extract<StrangersInput, { readonly kind: 'heard' }>,
    now: Instant,
  ): void {
    const taken = this.#taken.get(client);
    // While it is bound to no member its segments come to the contact node, whoever has its connections.
    if (taken === undefined || taken.ports.has(port) || !this.#isBound(client)) return;
    if (!this.#ofClient.take(client, now) || !this.#ofAll.take('all', now)) return;
    this.#outputs.push({ kind: 'turn-away', client, port, acknowledgement });
  }

  #end(client: Ipv6Address): void {
    if (this.#taken.delete(client)) this.#outputs.push({ kind: 'unwatch', client });
  }
}
