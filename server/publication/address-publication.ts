import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

export interface PublicationPlan {
  /** lifetime of the AAAA records, s: so long may a resolver give out an address that is withdrawn (RFC 1035 §3.2.1) */
  readonly ttlS: number;
  /** added to it, ms: clocks, and clients that look up just before the end and connect just behind it */
  readonly marginMs: number;
  /** until a name server that has not confirmed a change is told again */
  readonly retryMs: number;
}

/** What a name server serves under a server's name. */
export interface PublishedZone {
  /** of the zone's SOA record, u32 */
  readonly serial: number;
  readonly addresses: readonly Ipv6Address[];
}

type PublicationInput =
  /** the contact address is reachable: registered with its home agent */
  | { readonly kind: 'publish'; readonly address: Ipv6Address }
  /** its contact node retires: nobody shall come to it any more */
  | { readonly kind: 'withdraw'; readonly address: Ipv6Address }
  /** the name server answers with this serial, and with the records that came with it */
  | { readonly kind: 'serves'; readonly serial: number };

export type PublicationOutput =
  /** let the name server serve these AAAA records under this serial, which it confirms with `serves` */
  | ({ readonly kind: 'update' } & PublishedZone)
  /** resolvers get the address now */
  | { readonly kind: 'published'; readonly address: Ipv6Address }
  /** the name server gives the address out no more; resolvers may until then */
  | { readonly kind: 'withdrawn'; readonly address: Ipv6Address; readonly until: Instant }
  /** no resolver knows the address any more: its home registration may end */
  | { readonly kind: 'expired'; readonly address: Ipv6Address }
  /** the last address of a server is not withdrawn */
  | { readonly kind: 'kept'; readonly address: Ipv6Address };

type AddressState =
  /** `serial`: the first with it */
  | { readonly name: 'published'; readonly serial: number }
  /** `serial`: the first without it */
  | { readonly name: 'leaving'; readonly serial: number }
  | { readonly name: 'fading'; readonly until: Instant };

/**
 * The contact addresses of a server in the DNS (paper §7.3). An address goes out of use in two steps: first the name server stops
 * serving it, and only when the lifetime of the last record it gave out has passed does its contact address end. An address that
 * comes back meanwhile is published again at once. Whoever asks twice is answered twice.
 */
export class AddressPublication implements Role<PublicationInput, PublicationOutput> {
  readonly #plan: PublicationPlan;
  readonly #addresses = new Map<Ipv6Address, AddressState>();
  readonly #outputs: PublicationOutput[] = [];
  #serial: number;
  #served: number;
  #retryAt: Instant | undefined;

  /** `zone`: what the name server starts with. Throws ProtocolError for a lifetime that is not positive. */
  constructor(plan: PublicationPlan, zone: PublishedZone) {
    if (!(plan.ttlS > 0)) throw new ProtocolError(`records cannot live ${plan.ttlS} s`);
    this.#plan = plan;
    this.#serial = zone.serial;
    this.#served = zone.serial;
    for (const address of zone.addresses)
      this.#addresses.set(address, { name: 'published', serial: zone.serial });
  }

  /** What is, or is to be, in the DNS. */
  get published(): readonly Ipv6Address[] {
    return [...this.#addresses]
      .filter(([, { name }]) => name === 'published')
      .map(([address]) => address)
      .toSorted();
  }

  /** The last serial that the name server has confirmed. */
  get served(): number {
    return this.#served;
  }

  handle(input: PublicationInput, now: Instant): void {
    switch (input.kind) {
      case 'publish':
        this.#publish(input.address, now);
        return;
      case 'withdraw':
        this.#withdraw(input.address, now);
        return;
      case 'serves':
        this.#serves(input.serial, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): PublicationOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    const fading = [...this.#addresses.values()].flatMap((state) =>
      state.name === 'fading' ? [state.until] : [],
    );
    const due = Math.min(this.#retryAt ?? Number.POSITIVE_INFINITY, ...fading);
    return Number.isFinite(due) ? due : undefined;
  }

  handleTimeout(now: Instant): void {
    for (const [address, state] of this.#addresses) {
      if (state.name !== 'fading' || state.until > now) continue;
      this.#addresses.delete(address);
      this.#outputs.push({ kind: 'expired', address });
    }
    if (this.#retryAt !== undefined && now >= this.#retryAt) this.#ask(now);
  }

  #publish(address: Ipv6Address, now: Instant): void {
    const state = this.#addresses.get(address);
    if (state?.name !== 'published') {
      this.#addresses.set(address, { name: 'published', serial: this.#serial + 1 });
      this.#update(now);
    } else if (state.serial <= this.#served) this.#outputs.push({ kind: 'published', address });
  }

  #withdraw(address: Ipv6Address, now: Instant): void {
    const state = this.#addresses.get(address);
    switch (state?.name) {
      case 'published':
        if (this.published.length === 1) {
          this.#outputs.push({ kind: 'kept', address });
          return;
        }
        this.#addresses.set(address, { name: 'leaving', serial: this.#serial + 1 });
        this.#update(now);
        return;
      case 'leaving':
        return;
      case 'fading':
        this.#outputs.push({ kind: 'withdrawn', address, until: state.until });
        return;
      case undefined:
        // Who began to withdraw it may have ended since, and its last record be just given out.
        this.#fade(address, now);
        return;
      default:
        state satisfies never;
    }
  }

  #update(now: Instant): void {
    this.#serial++;
    this.#ask(now);
  }

  #ask(now: Instant): void {
    this.#retryAt = now + this.#plan.retryMs;
    this.#outputs.push({ kind: 'update', serial: this.#serial, addresses: this.published });
  }

  #serves(serial: number, now: Instant): void {
    const before = this.#served;
    if (serial <= before || serial > this.#serial) return;
    this.#served = serial;
    if (serial === this.#serial) this.#retryAt = undefined;
    for (const [address, state] of this.#addresses) {
      if (state.name === 'fading' || state.serial <= before || state.serial > serial) continue;
      if (state.name === 'leaving') this.#fade(address, now);
      else this.#outputs.push({ kind: 'published', address });
    }
  }

  /** Records given out until now may live on for their whole lifetime. */
  #fade(address: Ipv6Address, now: Instant): void {
    const until = now + this.#plan.ttlS * 1000 + this.#plan.marginMs;
    this.#addresses.set(address, { name: 'fading', until });
    this.#outputs.push({ kind: 'withdrawn', address, until });
  }
}
