import { ipv6 } from '../../mip6/wire/address.ts';
import { ContactDirectory } from '../../server/contact/contact-directory.ts';
import { ContactTables } from '../../server/contact/contact-tables.ts';
import { addresses, client, contactAddress, HandoffWorld } from './handoff-world.ts';

export interface Takeover {
  /** the contact node, neither donor nor acceptor, ends; absent: it lives */
  readonly contactDies?: number;
  /** from then until the home agent tunnels to the backup */
  readonly outageMs: number;
  /** the contact node tells its backup of pending handoffs */
  readonly replicated: boolean;
  readonly memberMs: number;
  readonly homeMs: number;
  readonly clientMs: number;
}

const contactNodes = [ipv6('2001:db8:1:3::2'), ipv6('2001:db8:1:4::2')] as const;
const PENDING_MS = 30_000;
/** after so many Home Test Inits the acceptor gives up */
const MOST_TESTS = 4;

/** One handoff during which the contact node may be replaced: the Home Test goes through whoever holds the address. */
export class TakeoverWorld extends HandoffWorld {
  /** Home Test Inits that the acceptor sent */
  homeTests = 0;
  readonly #scenario: Takeover;
  readonly #directory = new ContactDirectory();
  readonly #tables = [new ContactTables(16), new ContactTables(16)] as const;
  #routable = false;

  constructor(variant: string, scenario: Takeover) {
    const { contactDies, outageMs, memberMs, homeMs, clientMs } = scenario;
    const nothing = {
      donorNotices: 0,
      acceptorNotices: 0,
      hostTells: true,
      lostUpdates: 0,
      lostAcknowledgements: 0,
    };
    super(variant, { ...nothing, claims: false, memberMs, clientMs });
    this.#scenario = scenario;
    this.#directory.announced(contactAddress, { contactNode: contactNodes[0], epoch: 0 });
    if (contactDies === undefined) return;
    this.later(contactDies + outageMs + homeMs + memberMs, () =>
      this.#directory.announced(contactAddress, { contactNode: contactNodes[1], epoch: 1 }),
    );
  }

  protected override test(): void {
    this.#homeTest(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 0);
  }

  /** Which of the two contact nodes lives and is tunnelled to. */
  #holder(): 0 | 1 | undefined {
    const { contactDies = Infinity, outageMs } = this.#scenario;
    if (this.now < contactDies) return 0;
    return this.now >= contactDies + outageMs ? 1 : undefined;
  }

  /** A Home Test Init and its Home Test, through contact node and home agent (paper Fig. 6b, 6c). */
  #homeTest(cookie: Uint8Array, attempt: number): void {
    if (this.#routable) return;
    if (attempt === MOST_TESTS) {
      this.answer('acceptor', { kind: 'unanswered', reason: 'no Home Test' });
      return;
    }
    this.homeTests++;
    const { memberMs, homeMs, clientMs } = this.#scenario;
    const through = this.#directory.contactNodeOf(contactAddress);
    this.later(1000 * 2 ** attempt, () => this.#homeTest(cookie, attempt + 1));
    this.later(memberMs, () => {
      const holder = this.#holder();
      if (holder === undefined || contactNodes[holder] !== through) return;
      this.#pends(holder, cookie);
      this.later(2 * homeMs + 2 * clientMs, () => this.#homeTestArrives(cookie));
    });
  }

  #pends(holder: 0 | 1, homeInitCookie: Uint8Array): void {
    const entry = {
      table: 'pending-handoff',
      client,
      homeInitCookie,
      member: addresses.acceptor,
      lifetimeMs: PENDING_MS,
    } as const;
    this.#tables[holder].set(entry, this.now);
    if (holder === 0 && this.#scenario.replicated)
      this.later(this.#scenario.memberMs, () => this.#tables[1].set(entry, this.now));
  }

  #homeTestArrives(cookie: Uint8Array): void {
    const holder = this.#holder();
    if (holder === undefined) return;
    if (this.#tables[holder].acceptorOf(client, cookie, this.now) !== addresses.acceptor) return;
    this.later(this.#scenario.memberMs, () => {
      if (this.#routable) return;
      this.#routable = true;
      this.answer('acceptor', { kind: 'routable' });
    });
  }
}
