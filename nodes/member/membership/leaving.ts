import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { HandoffVariant } from '../../../server/handoff/variants.ts';
import type { EventWriter } from '../../support/event-log.ts';
import { monotonicMs } from '../../support/role-driver.ts';
import type { Destination } from '../departures.ts';
import type { MembershipService } from './membership-service.ts';

/** ms between attempts for clients that nobody could take */
const RETRY_MS = 250;
/** A client that does not end its handshake within this is not waited for: ms, and between two looks. */
const HANDSHAKES_MS = { longest: 1000, look: 20 } as const;

/** What a member has for one contact address, as far as leaving it goes. */
export interface LeavingUnit {
  /** clients with connections here that the application has not closed, or whose end is not settled */
  clients(): readonly Ipv6Address[];
  /** Its connections reach it by way of the contact node. */
  isPlain(client: Ipv6Address): boolean;
  /** The client is on its way out by itself: nothing can be handed off. */
  isClosing(client: Ipv6Address): boolean;
  /** ports of the client's connections here */
  portsOf(client: Ipv6Address): readonly number[];
  /** Takes no handoffs, and leaves the SYNs of new connections unanswered. */
  refuseClients(): void;
  /** connections whose SYN was answered before, and which are not established yet */
  handshakes(): number;
  /** Resolves when the handoff is over, in whichever way. */
  handOff(client: Ipv6Address, to: Destination): Promise<void>;
  /** This member is the contact node. */
  readonly holdsContact: boolean;
  /** A backup could take the contact address over. */
  readonly hasBackup: boolean;
  /** Gives the contact address, and its part in keeping it, up; resolves when a successor serves, or none will. */
  leaveContact(): Promise<void>;
  /** Deletes the home agent's binding; resolves when it has agreed, or does not answer. */
  deregister(): Promise<void>;
}

interface LeavingOptions {
  readonly membership: MembershipService;
  readonly units: readonly LeavingUnit[];
  readonly variant: HandoffVariant;
  readonly leaveMs: number;
  readonly log: EventWriter;
}

/**
 * A member's way out of the server: its clients go to acceptors of the policy's choice, the contact address to a backup. What cannot be
 * handed off in time is lost, and said to be.
 */
export class Leaving {
  readonly #options: LeavingOptions;
  readonly #deadline = Promise.withResolvers<'late'>();
  readonly #timer: NodeJS.Timeout;
  readonly #until: number;
  /** A timer may fire just before its time by the clock; nothing is begun after it. */
  #late = false;

  constructor(options: LeavingOptions) {
    this.#options = options;
    this.#until = monotonicMs() + options.leaveMs;
    this.#timer = setTimeout(() => {
      this.#late = true;
      this.#deadline.resolve('late');
    }, options.leaveMs);
  }

  async run(): Promise<void> {
    const { membership, units, log } = this.#options;
    log.write('leaving', { clients: units.reduce((sum, unit) => sum + unit.clients().length, 0) });
    membership.become('leaving');
    await Promise.all(units.map((unit) => this.#leave(unit)));
    clearTimeout(this.#timer);
    membership.farewell();
  }

  async #leave(unit: LeavingUnit): Promise<void> {
    const handsOver = unit.holdsContact && unit.hasBackup;
    unit.refuseClients();
    if (handsOver) {
      await this.#handshakesEnd(unit);
      // A client without Mobile IPv6 that the contact node itself serves is in no successor's table yet.
      await this.#handOffAll(unit, (client) => unit.isPlain(client));
      await unit.leaveContact();
      await this.#handOffAll(unit, () => true);
    } else {
      // Return routability of their acceptors passes the contact node.
      await this.#handOffAll(unit, () => true);
      if (unit.holdsContact) await unit.deregister();
      await unit.leaveContact();
    }
    this.#reportLost(unit);
  }

  async #handOffAll(unit: LeavingUnit, concerns: (client: Ipv6Address) => boolean): Promise<void> {
    const refused = new Map<Ipv6Address, Set<Ipv6Address>>();
    while (!this.#late && monotonicMs() < this.#until) {
      const clients = unit.clients().filter(concerns);
      if (clients.length === 0) return;
      const attempts = clients.map((client) => this.#handOff(unit, client, refused));
      const moved = await Promise.all(attempts);
      if (!moved.includes(true)) await this.#pause(RETRY_MS);
    }
  }

  /** The last packet of a handshake would reach the successor, which has answered no SYN. */
  async #handshakesEnd(unit: LeavingUnit): Promise<void> {
    const until = Math.min(this.#until, monotonicMs() + HANDSHAKES_MS.longest);
    while (!this.#late && unit.handshakes() > 0 && monotonicMs() < until)
      await this.#pause(HANDSHAKES_MS.look);
  }

  /** True when the client is another member's. */
  async #handOff(
    unit: LeavingUnit,
    client: Ipv6Address,
    refused: Map<Ipv6Address, Set<Ipv6Address>>,
  ): Promise<boolean> {
    if (unit.isClosing(client)) return false;
    const { membership, variant } = this.#options;
    const except = refused.get(client) ?? new Set();
    const acceptor = await membership.chooseAcceptor(client, except);
    if (acceptor === undefined) {
      // All have failed once: each gets another chance.
      refused.delete(client);
      return false;
    }
    refused.set(client, except.add(acceptor));
    await Promise.race([unit.handOff(client, { acceptor, variant, waitMs: 0 }), this.#deadline.promise]);
    return !unit.clients().includes(client);
  }

  async #pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([pause, this.#deadline.promise]);
    clearTimeout(timer);
  }

  #reportLost(unit: LeavingUnit): void {
    for (const client of unit.clients()) {
      for (const port of unit.portsOf(client))
        this.#options.log.write('connection-lost', {
          client,
          port,
          reason: 'not handed off before the member left',
        });
    }
  }
}
