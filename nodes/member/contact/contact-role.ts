import type { FdPoller } from '../../../linux/fd-poller.ts';
import type { HomeAssociations } from '../../../linux/recipes/associations.ts';
import type { MobileNodeEvent } from '../../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import { ContactTables } from '../../../server/contact/contact-tables.ts';
import { Deregistration, type DeregistrationInput } from '../../../server/contact/deregistration.ts';
import type { ContactEntry } from '../../../server/contact/group-frames.ts';
import type { EventFields, EventWriter } from '../../support/event-log.ts';
import { monotonicMs, RoleDriver } from '../../support/role-driver.ts';
import { HomeTestRelay } from '../home-test-relay.ts';
import type { Mobility } from '../mobility.ts';
import type { MemberPaths } from './member-paths.ts';

const PENDING_LIFETIME_MS = 60_000;
const TABLE_CAPACITY = 4096;

export interface ContactRoleOptions {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly homeLifetimeSeconds: number;
  readonly mobility: Mobility;
  readonly paths: MemberPaths;
  readonly poller: FdPoller;
  readonly log: EventWriter;
  /** The contact node has a new entry: for its backups. */
  onEntry(entry: ContactEntry): void;
  /** This member is about to hold the contact address: what its predecessor began is in `entries`. */
  beforeRegistration(entries: readonly ContactEntry[]): void;
}

/** What a member does while it is the contact node: the home registration, other members' Home Tests, the tables. */
export class ContactRole {
  /** Backups keep these, too, as the contact node tells them. */
  readonly tables = new ContactTables(TABLE_CAPACITY);
  readonly #options: ContactRoleOptions;
  #relay: HomeTestRelay | undefined;
  readonly #deregistration = new RoleDriver<DeregistrationInput, 'over'>(new Deregistration(), () =>
    this.#onDeregistered(),
  );
  #onDeregistered: () => void = () => undefined;

  constructor(options: ContactRoleOptions) {
    this.#options = options;
  }

  get held(): boolean {
    return this.#relay !== undefined;
  }

  /** Registers this member's care-of address; who holds the contact address already does it anew, with these counters. */
  assume(associations: HomeAssociations | undefined, sequence?: number): void {
    const { mobility, paths, homeLifetimeSeconds: lifetimeSeconds } = this.#options;
    if (this.held) mobility.forgetHome();
    paths.clear();
    // Before the home agent sends anything here: a connection that another member holds would be reset.
    if (!this.held) this.#options.beforeRegistration(this.tables.snapshot(monotonicMs()));
    this.#relay ??= this.#openRelay();
    mobility.registerHome({
      lifetimeSeconds,
      ...(associations === undefined ? {} : { associations }),
      ...(sequence === undefined ? {} : { sequence }),
    });
  }

  /** Deletes the home agent's binding for good; resolves when it has agreed, or has not answered for some seconds. */
  deregister(): Promise<void> {
    this.#options.mobility.deregisterHome();
    return new Promise((resolve) => {
      this.#onDeregistered = resolve;
      this.#deregistration.handle('begin');
    });
  }

  /** Another member holds the contact address: nothing is said to the home agent, which knows. */
  resign(): void {
    this.#options.mobility.forgetHome();
    this.#relay?.close();
    this.#relay = undefined;
  }

  /** Keeps an entry here and at the backups; the member `::` takes it away. */
  keep(entry: ContactEntry): void {
    this.tables.set(entry, monotonicMs());
    this.#options.onEntry(entry);
  }

  onMobilityEvent(event: MobileNodeEvent): void {
    if (event.kind === 'unmatched-home-test') this.#relay?.relay(event);
    if (event.kind === 'home-deregistered') this.#deregistration.handle('answered');
  }

  counters(): EventFields {
    return this.#relay?.counters.snapshot() ?? {};
  }

  close(): void {
    this.#deregistration.stop();
    this.#relay?.close();
  }

  #openRelay(): HomeTestRelay {
    const { careOfAddress, contactAddress, paths, poller, log } = this.#options;
    const table = 'pending-handoff';
    return new HomeTestRelay({ careOfAddress, contactAddress }, paths.tunnels, poller, log, {
      add: (client, homeInitCookie, member) =>
        this.keep({ table, client, homeInitCookie, member, lifetimeMs: PENDING_LIFETIME_MS }),
      find: (client, homeInitCookie) => this.tables.acceptorOf(client, homeInitCookie, monotonicMs()),
    });
  }
}
