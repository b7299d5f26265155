import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { nextSequence } from '../../mip6/roles/shared/sequence.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ContactTables } from './contact-tables.ts';

interface ReleasePlan {
  /** ms from the end of a member until its clients' bindings are deleted: an acceptor that it had sent its state to shows itself by then */
  readonly holdOffMs: number;
  /** ms beyond that for an acceptor that has shown itself: no handoff takes longer */
  readonly patienceMs: number;
  readonly tables: Pick<ContactTables, 'bindingOf' | 'boundTo'>;
  /** All other members that are not known to have ended, whether the channel to them stands or not. */
  living(): readonly Ipv6Address[];
  /** The client is served here, or is being taken over by this member. */
  isHere(client: Ipv6Address): boolean;
}

export type ReleaseInput =
  /** this member is the contact node, or is it no more */
  | { readonly kind: 'in-office' | 'out-of-office' }
  /** the process of a member is known to have ended; another one is there */
  | { readonly kind: 'member-gone' | 'member-back'; readonly member: Ipv6Address }
  /** the channel to a member stands, or stands again; it is lost */
  | { readonly kind: 'member-in-reach' | 'member-out-of-reach'; readonly member: Ipv6Address }
  /** `by` hears nothing more of `dead`, and has said which of these clients it has, or is taking over */
  | {
      readonly kind: 'surveyed';
      readonly by: Ipv6Address;
      readonly dead: Ipv6Address;
      readonly clients: readonly Ipv6Address[];
      readonly taken: readonly Ipv6Address[];
    }
  /** somebody has bound the client */
  | { readonly kind: 'bound'; readonly client: Ipv6Address }
  /** it has connected to this member */
  | { readonly kind: 'came'; readonly client: Ipv6Address }
  /** what became of `delete`: the client has agreed, has refused with status 135, or does not answer */
  | { readonly kind: 'deleted' | 'refused' | 'unanswered'; readonly client: Ipv6Address };

type ReleaseOutcome = 'released' | 'given-way' | 'unanswered';

export type ReleaseOutput =
  /** ask a living member which of these clients of a dead one it has; the answer is `surveyed`, and an unreachable one gives none */
  | {
      readonly kind: 'survey';
      readonly member: Ipv6Address;
      readonly dead: Ipv6Address;
      readonly clients: readonly Ipv6Address[];
    }
  /** delete the client's binding under this sequence number and no other */
  | {
      readonly kind: 'delete';
      readonly client: Ipv6Address;
      readonly member: Ipv6Address;
      readonly sequence: number;
    }
  /** it is over: send nothing more, and forget that the client is bound to `member` */
  | {
      readonly kind: 'ended';
      readonly client: Ipv6Address;
      readonly member: Ipv6Address;
      readonly outcome: ReleaseOutcome;
    };

type Release =
  | {
      readonly state: 'held-off';
      readonly member: Ipv6Address;
      readonly until: Instant;
      readonly latest: Instant;
      /** by dead member that may have had the client: living ones that do not have it, and will never have it from that one */
      readonly without: Map<Ipv6Address, Set<Ipv6Address>>;
      /** the hold-off is over: the last answer decides */
      readonly due: boolean;
    }
  | { readonly state: 'deleting'; readonly member: Ipv6Address; readonly until: Instant };

/** ms between two questions about a client that a member has, or that it could not be asked for */
const LEAST_AGAIN_MS = 1000;
/** Longer than a mobile node asks a client that does not answer. */
const MOST_DELETING_MS = 600_000;

/**
 * The contact node's care for clients that are bound to a member which has died: until their bindings end, whatever they send to
 * the contact address goes there. The contact node deletes these bindings.
 *
 * An acceptor that has the dead member's state must win: see docs/server.md, "Clients of a dead member".
 */
export class ClientReleases implements Role<ReleaseInput, ReleaseOutput> {
  readonly #plan: ReleasePlan;
  readonly #gone = new Set<Ipv6Address>();
  readonly #releases = new Map<Ipv6Address, Release>();
  readonly #outputs: ReleaseOutput[] = [];
  #inOffice = false;

  constructor(plan: ReleasePlan) {
    this.#plan = plan;
  }

  /** The client's binding is being deleted: its answers are for this role. */
  isDeleting(client: Ipv6Address): boolean {
    return this.#releases.get(client)?.state === 'deleting';
  }

  handle(input: ReleaseInput, now: Instant): void {
    switch (input.kind) {
      case 'in-office':
        if (this.#inOffice) return;
        this.#inOffice = true;
        for (const member of this.#gone) this.#holdOff(member, now);
        return;
      case 'out-of-office':
        this.#inOffice = false;
        for (const client of [...this.#releases.keys()]) this.#answered(client, 'given-way');
        this.#releases.clear();
        return;
      case 'member-gone':
        this.#gone.add(input.member);
        this.#passedOn(input.member);
        this.#holdOff(input.member, now);
        this.#decideDue(now);
        return;
      case 'member-back':
        this.#back(input.member);
        return;
      case 'member-in-reach':
        this.#askAnew();
        return;
      case 'member-out-of-reach':
        for (const members of this.#answerers) members.delete(input.member);
        return;
      case 'surveyed':
        this.#surveyed(input, now);
        return;
      case 'bound':
        this.#bound(input.client, now);
        return;
      case 'came':
        this.#came(input.client);
        return;
      case 'deleted':
        this.#answered(input.client, 'released');
        return;
      case 'refused':
        this.#answered(input.client, 'given-way');
        return;
      case 'unanswered':
        this.#answered(input.client, 'unanswered');
        return;
      default:
        input satisfies never;
    }
  }

  poll(): ReleaseOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return earliest([...this.#releases.values()].map(({ until }) => until));
  }

  handleTimeout(now: Instant): void {
    const due = [...this.#releases].filter(([, { until }]) => until <= now);
    for (const [client, release] of due) {
      if (release.state === 'deleting') this.#answered(client, 'unanswered');
      else this.#decide(client, release, now);
    }
    // Whoever had the client, or could not be asked, is asked again.
    if (due.length > 0) for (const dead of this.#gone) this.#survey(dead);
  }

  #holdOff(member: Ipv6Address, now: Instant): void {
    if (!this.#inOffice) return;
    const { holdOffMs, patienceMs, tables } = this.#plan;
    const until = now + holdOffMs;
    const latest = until + patienceMs;
    for (const client of tables.boundTo(member, now)) {
      if (this.#releases.has(client)) continue;
      this.#releases.set(client, {
        ...{ state: 'held-off', member, until, latest, due: false },
        without: new Map([[member, new Set()]]),
      });
    }
    this.#survey(member);
  }

  /** One that ends before it has said that it does not have a client may have handed that on: to one that had answered before, out of this member's reach. */
  #passedOn(member: Ipv6Address): void {
    for (const release of this.#heldOff()) {
      if (release.member === member || release.without.get(release.member)?.has(member) === true) continue;
      release.without.set(member, new Set());
    }
  }

  /** While a member was out of reach it may have bound a client and handed it on: to one that had answered before. */
  #askAnew(): void {
    for (const members of this.#answerers) members.clear();
    for (const dead of this.#gone) this.#survey(dead);
  }

  /** Asks the living for the clients of a dead member of which they have not said yet that they do not have them. */
  #survey(dead: Ipv6Address): void {
    for (const member of this.#living()) {
      const clients = [...this.#releases].flatMap(([client, release]) =>
        release.state === 'held-off' && release.without.get(dead)?.has(member) === false ? [client] : [],
      );
      if (clients.length > 0) this.#outputs.push({ kind: 'survey', member, dead, clients });
    }
  }

  #surveyed({ by, dead, clients, taken }: Extract<ReleaseInput, { kind: 'surveyed' }>, now: Instant): void {
    for (const client of clients) {
      const release = this.#releases.get(client);
      if (release?.state !== 'held-off' || taken.includes(client)) continue;
      release.without.get(dead)?.add(by);
      if (release.due) this.#decide(client, release, now);
    }
  }

  /** The hold-off is over, or one more member has said that it does not have the client. */
  #decide(client: Ipv6Address, release: Extract<Release, { state: 'held-off' }>, now: Instant): void {
    const { holdOffMs, isHere, tables } = this.#plan;
    const binding = tables.bindingOf(client, now);
    const { member, latest, without } = release;
    this.#releases.delete(client);
    if (binding?.member !== member) return;
    const here = isHere(client);
    const isOpen = this.#living().some((other) => [...without.values()].some((one) => !one.has(other)));
    if (here ? now < latest : isOpen) {
      const until = now + Math.max(holdOffMs, LEAST_AGAIN_MS);
      this.#releases.set(client, { ...release, until, due: true });
      return;
    }
    if (here) return;
    this.#releases.set(client, { state: 'deleting', member, until: now + MOST_DELETING_MS });
    this.#outputs.push({ kind: 'delete', client, member, sequence: nextSequence(binding.sequence) });
  }

  /** For somebody who was waited for there is nothing to wait any more. */
  #decideDue(now: Instant): void {
    for (const [client, release] of [...this.#releases])
      if (release.state === 'held-off' && release.due) this.#decide(client, release, now);
  }

  /** Who has answered, of each client and each dead member that may have had it. */
  get #answerers(): readonly Set<Ipv6Address>[] {
    return this.#heldOff().flatMap(({ without }) => [...without.values()]);
  }

  #heldOff(): readonly Extract<Release, { state: 'held-off' }>[] {
    return [...this.#releases.values()].filter((release) => release.state === 'held-off');
  }

  /** Other members that may have the state of a dead one's client. */
  #living(): readonly Ipv6Address[] {
    return this.#plan.living().filter((member) => !this.#gone.has(member));
  }

  /** A client that is bound to it is served again: by the process that is there now. */
  #back(member: Ipv6Address): void {
    this.#gone.delete(member);
    for (const { without } of this.#heldOff()) without.delete(member);
    for (const [client, release] of [...this.#releases])
      if (release.member === member && release.state === 'held-off') this.#releases.delete(client);
  }

  #bound(client: Ipv6Address, now: Instant): void {
    const release = this.#releases.get(client);
    const member = this.#plan.tables.bindingOf(client, now)?.member;
    if (release !== undefined && release.member !== member) {
      if (release.state === 'deleting') this.#answered(client, 'given-way');
      else this.#releases.delete(client);
    }
    // What a member said last may come behind the news of its end.
    if (member !== undefined && this.#gone.has(member)) this.#holdOff(member, now);
  }

  /** A client that comes here is not bound elsewhere any more. */
  #came(client: Ipv6Address): void {
    if (this.isDeleting(client)) this.#answered(client, 'released');
    else this.#releases.delete(client);
  }

  #answered(client: Ipv6Address, outcome: ReleaseOutcome): void {
    const release = this.#releases.get(client);
    if (release?.state !== 'deleting') return;
    this.#releases.delete(client);
    this.#outputs.push({ kind: 'ended', client, member: release.member, outcome });
  }
}
