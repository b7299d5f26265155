import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** ms between attempts for clients that nobody could take */
const RETRY_MS = 250;
/** A client that does not end its handshake within this is not waited for: ms, and between two looks. */
const HANDSHAKES_MS = { longest: 1000, look: 20 } as const;

/** What a member has for one contact address, as far as leaving it goes. */
export interface LeavingPart {
  /** clients with connections here that the application has not closed, or whose end is not settled */
  clients(): readonly Ipv6Address[];
  /** Its connections reach it by way of the contact node. */
  isPlain(client: Ipv6Address): boolean;
  /** The client is on its way out by itself: nothing can be handed off. */
  isClosing(client: Ipv6Address): boolean;
  /** connections whose SYN was answered before, and which are not established yet */
  handshakes(): number;
  /** This member is the contact node. */
  readonly holdsContact: boolean;
  /** A backup could take the contact address over. */
  readonly hasBackup: boolean;
}

export type WayOutInput<Part> =
  | { readonly kind: 'begin' }
  /** of `choose`; `acceptor`: absent: nobody takes the client */
  | {
      readonly kind: 'chosen';
      readonly part: Part;
      readonly client: Ipv6Address;
      readonly acceptor?: Ipv6Address;
    }
  /** A handoff is over, in whichever way. */
  | { readonly kind: 'handed-off'; readonly part: Part; readonly client: Ipv6Address }
  /** The home agent's binding is deleted, or a successor serves, or neither comes. */
  | { readonly kind: 'done'; readonly part: Part };

export type WayOutOutput<Part> =
  | {
      readonly kind: 'choose';
      readonly part: Part;
      readonly client: Ipv6Address;
      /** have been tried */
      readonly except: ReadonlySet<Ipv6Address>;
    }
  | {
      readonly kind: 'hand-off';
      readonly part: Part;
      readonly client: Ipv6Address;
      readonly acceptor: Ipv6Address;
    }
  /** `lost`: what is here now cannot be handed off any more */
  | { readonly kind: 'refuse-clients' | 'deregister' | 'leave-contact' | 'lost'; readonly part: Part }
  /** Everything is over. */
  | { readonly kind: 'left' };

type Step = 'handshakes' | 'plain-clients' | 'clients' | 'deregister' | 'leave-contact';

/**
 * The contact node whose address a backup takes over: a client without Mobile IPv6 that it serves itself is in no successor's table yet, and
 * the last packet of a handshake would reach a successor which has answered no SYN.
 */
const handingOver: readonly Step[] = ['handshakes', 'plain-clients', 'leave-contact', 'clients'];
/** All others: return routability of their acceptors passes the contact node. */
const leavingBehind: readonly Step[] = ['clients', 'deregister', 'leave-contact'];

/** How far one contact address has got. */
interface Progress<Part> {
  readonly part: Part;
  steps: readonly Step[];
  /** clients that a handoff is being tried for */
  readonly attempts: Set<Ipv6Address>;
  /** acceptors that have been tried in this step, by client */
  readonly tried: Map<Ipv6Address, Set<Ipv6Address>>;
  /** of the clients of this round one is another member's now */
  hasMoved: boolean;
  /** The first step that looks at handshakes looks no longer than this. */
  handshakesUntil?: Instant;
  /** next look, or next round */
  lookAt?: Instant;
  /** `done` is to come */
  isWaiting: boolean;
}

/**
 * A member's way out of the server: its clients go to acceptors of the policy's choice, the contact address to a backup. What cannot be
 * handed off in time is lost, and said to be.
 */
export class WayOut<Part extends LeavingPart> implements Role<WayOutInput<Part>, WayOutOutput<Part>> {
  readonly #leaveMs: number;
  readonly #progress: Map<Part, Progress<Part>>;
  readonly #outputs: WayOutOutput<Part>[] = [];
  /** nothing is handed off after it; undefined before the begin */
  #until: Instant | undefined;
  #late = false;

  constructor(parts: readonly Part[], leaveMs: number) {
    this.#leaveMs = leaveMs;
    this.#progress = new Map(
      parts.map((part) => [
        part,
        { part, steps: [], attempts: new Set(), tried: new Map(), hasMoved: false, isWaiting: false },
      ]),
    );
  }

  handle(input: WayOutInput<Part>, now: Instant): void {
    if (input.kind === 'begin') {
      this.#begin(now);
      return;
    }
    const progress = this.#progress.get(input.part);
    if (progress === undefined) return;
    switch (input.kind) {
      case 'chosen':
        this.#chosen(progress, input.client, input.acceptor);
        break;
      case 'handed-off':
        if (progress.attempts.delete(input.client))
          progress.hasMoved ||= !progress.part.clients().includes(input.client);
        break;
      case 'done':
        progress.isWaiting = false;
        progress.steps = progress.steps.slice(1);
        break;
      default:
        input satisfies never;
    }
    this.#roundMayBeOver(progress, now);
  }

  poll(): WayOutOutput<Part> | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    const looks = [...this.#progress.values()].flatMap(({ lookAt }) => lookAt ?? []);
    const all = this.#late || this.#until === undefined ? looks : [this.#until, ...looks];
    return all.length === 0 ? undefined : Math.min(...all);
  }

  handleTimeout(now: Instant): void {
    if (this.#until !== undefined && now >= this.#until) this.#late = true;
    for (const progress of [...this.#progress.values()]) {
      if (this.#late) progress.attempts.clear();
      const isDue = progress.lookAt !== undefined && progress.lookAt <= now;
      if (!isDue && !this.#late) continue;
      delete progress.lookAt;
      this.#advance(progress, now);
    }
  }

  #begin(now: Instant): void {
    this.#until = now + this.#leaveMs;
    for (const progress of [...this.#progress.values()]) {
      const { part } = progress;
      progress.steps = part.holdsContact && part.hasBackup ? handingOver : leavingBehind;
      this.#outputs.push({ kind: 'refuse-clients', part });
      this.#advance(progress, now);
    }
    if (this.#progress.size === 0) this.#end();
  }

  #chosen({ part, attempts, tried }: Progress<Part>, client: Ipv6Address, acceptor?: Ipv6Address): void {
    if (!attempts.has(client)) return;
    if (acceptor === undefined) {
      // All have failed once: each gets another chance.
      tried.delete(client);
      attempts.delete(client);
      return;
    }
    tried.set(client, (tried.get(client) ?? new Set()).add(acceptor));
    this.#outputs.push({ kind: 'hand-off', part, client, acceptor });
  }

  #roundMayBeOver(progress: Progress<Part>, now: Instant): void {
    if (progress.attempts.size > 0 || progress.isWaiting || progress.lookAt !== undefined) return;
    const hands = progress.steps[0] === 'clients' || progress.steps[0] === 'plain-clients';
    if (hands && !progress.hasMoved && !this.#isLate(now)) progress.lookAt = now + RETRY_MS;
    else this.#advance(progress, now);
  }

  /** Goes on until something has to be waited for. */
  #advance(progress: Progress<Part>, now: Instant): void {
    while (progress.steps.length > 0) {
      if (progress.isWaiting || this.#mustWait(progress, progress.steps[0]!, now)) return;
      progress.steps = progress.steps.slice(1);
      progress.tried.clear();
    }
    this.#outputs.push({ kind: 'lost', part: progress.part });
    this.#progress.delete(progress.part);
    if (this.#progress.size === 0) this.#end();
  }

  /** Does the step; false when it is over. */
  #mustWait(progress: Progress<Part>, step: Step, now: Instant): boolean {
    switch (step) {
      case 'handshakes':
        progress.handshakesUntil ??= now + HANDSHAKES_MS.longest;
        if (this.#isLate(now) || now >= progress.handshakesUntil || progress.part.handshakes() === 0)
          return false;
        progress.lookAt = now + HANDSHAKES_MS.look;
        return true;
      case 'plain-clients':
        return this.#handOffAll(progress, (client) => progress.part.isPlain(client), now);
      case 'clients':
        return this.#handOffAll(progress, () => true, now);
      case 'deregister':
        return progress.part.holdsContact && this.#ask(progress, step);
      case 'leave-contact':
        return this.#ask(progress, step);
      default:
        return step satisfies never;
    }
  }

  #ask(progress: Progress<Part>, kind: 'deregister' | 'leave-contact'): true {
    progress.isWaiting = true;
    this.#outputs.push({ kind, part: progress.part });
    return true;
  }

  /** One round: every client is tried once, at the same time as the others. */
  #handOffAll(progress: Progress<Part>, concerns: (client: Ipv6Address) => boolean, now: Instant): boolean {
    const { part, attempts, tried } = progress;
    if (attempts.size > 0) return true;
    if (this.#isLate(now)) return false;
    const clients = part.clients().filter(concerns);
    if (clients.length === 0) return false;
    progress.hasMoved = false;
    for (const client of clients.filter((one) => !part.isClosing(one))) {
      attempts.add(client);
      this.#outputs.push({ kind: 'choose', part, client, except: tried.get(client) ?? new Set() });
    }
    if (attempts.size === 0) progress.lookAt = now + RETRY_MS;
    return true;
  }

  #isLate(now: Instant): boolean {
    return this.#late || (this.#until !== undefined && now >= this.#until);
  }

  #end(): void {
    this.#until = undefined;
    this.#outputs.push({ kind: 'left' });
  }
}
