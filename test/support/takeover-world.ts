import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { ContactDirectory } from '../../server/contact/contact-directory.ts';
import { ContactTables } from '../../server/contact/contact-tables.ts';
import { Acceptor, type AcceptorInput, type AcceptorOutput } from '../../server/handoff/acceptor.ts';
import { Donor, type DonorInput, type DonorOutput } from '../../server/handoff/donor.ts';
import { handoffVariant } from '../../server/handoff/variants.ts';

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

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const acceptorAddress = ipv6('2001:db8:1:2::2');
const contactNodes = [ipv6('2001:db8:1:3::2'), ipv6('2001:db8:1:4::2')] as const;
const plan = { handoff: 1, client, contactAddress, leaseMs: 5000 };
const FIRST_SEQUENCE = 100;
const PENDING_MS = 30_000;
/** after so many Home Test Inits the acceptor gives up */
const MOST_TESTS = 4;

/** One handoff during which the contact node may be replaced: the Home Test goes through whoever holds the address. */
export class TakeoverWorld {
  now = 0;
  readonly active = { donor: true, acceptor: false };
  readonly ends: string[] = [];
  /** Home Test Inits that the acceptor sent */
  tests = 0;
  readonly #scenario: Takeover;
  readonly #donor: Donor;
  readonly #acceptor = new Acceptor({ ...plan, timeoutMs: 60_000 }, 0);
  readonly #directory = new ContactDirectory();
  readonly #tables = [new ContactTables(16), new ContactTables(16)] as const;
  readonly #agenda: { readonly at: number; readonly run: () => void }[] = [];
  #routable = false;

  constructor(variant: string, scenario: Takeover) {
    this.#scenario = scenario;
    const options = { variant: handoffVariant(variant), waitMs: 0, doneTimeoutMs: 60_000 };
    this.#donor = new Donor({ ...plan, ...options, applicationState: new Uint8Array() });
    this.#directory.announced(contactAddress, { contactNode: contactNodes[0], epoch: 0 });
    const { contactDies, outageMs, memberMs, homeMs } = scenario;
    if (contactDies === undefined) return;
    this.#later(contactDies + outageMs + homeMs + memberMs, () =>
      this.#directory.announced(contactAddress, { contactNode: contactNodes[1], epoch: 1 }),
    );
  }

  run(): this {
    this.#tellDonor({ kind: 'last-send-returned' });
    for (let count = 0; count < 1000; count++) {
      const deadline = Math.min(this.#donor.deadline() ?? Infinity, this.#acceptor.deadline() ?? Infinity);
      const next = this.#agenda[0];
      if (next === undefined && !Number.isFinite(deadline)) return this;
      if (next !== undefined && next.at <= deadline) {
        this.#agenda.shift();
        this.now = Math.max(this.now, next.at);
        next.run();
      } else {
        this.now = Math.max(this.now, deadline);
        this.#donor.handleTimeout(this.now);
        this.#acceptor.handleTimeout(this.now);
        this.#drain();
      }
    }
    throw new RangeError('the handoff does not come to an end');
  }

  /** Which of the two contact nodes lives and is tunnelled to. */
  #holder(): 0 | 1 | undefined {
    const { contactDies = Infinity, outageMs } = this.#scenario;
    if (this.now < contactDies) return 0;
    return this.now >= contactDies + outageMs ? 1 : undefined;
  }

  /** A Home Test Init and its Home Test, through contact node and home agent (paper Fig. 6b, 6c). */
  #homeTest(cookie: Uint8Array, attempt: number): void {
    if (this.#routable || this.#acceptor.finished) return;
    if (attempt === MOST_TESTS) {
      this.#tellAcceptor({ kind: 'failed', reason: 'no Home Test' });
      return;
    }
    this.tests++;
    const { memberMs, homeMs, clientMs } = this.#scenario;
    const through = this.#directory.contactNodeOf(contactAddress);
    this.#later(1000 * 2 ** attempt, () => this.#homeTest(cookie, attempt + 1));
    this.#later(memberMs, () => {
      const holder = this.#holder();
      if (holder === undefined || contactNodes[holder] !== through) return;
      this.#pends(holder, cookie);
      this.#later(2 * homeMs + 2 * clientMs, () => this.#homeTestArrives(cookie));
    });
  }

  #pends(holder: 0 | 1, homeInitCookie: Uint8Array): void {
    const entry = {
      table: 'pending-handoff',
      client,
      homeInitCookie,
      member: acceptorAddress,
      lifetimeMs: PENDING_MS,
    } as const;
    this.#tables[holder].set(entry, this.now);
    if (holder === 0 && this.#scenario.replicated)
      this.#later(this.#scenario.memberMs, () => this.#tables[1].set(entry, this.now));
  }

  #homeTestArrives(cookie: Uint8Array): void {
    const holder = this.#holder();
    if (holder === undefined) return;
    const acceptor: Ipv6Address | undefined = this.#tables[holder].acceptorOf(client, cookie, this.now);
    if (acceptor !== acceptorAddress) return;
    this.#later(this.#scenario.memberMs, () => {
      if (this.#routable) return;
      this.#routable = true;
      this.#tellAcceptor({ kind: 'return-routability-complete' });
    });
  }

  #donorActs(output: DonorOutput): void {
    switch (output.kind) {
      case 'send':
        this.#later(this.#scenario.memberMs, () =>
          this.#tellAcceptor({ kind: 'frame', frame: output.frame }),
        );
        return;
      case 'watch-drain':
        this.#later(2 * this.#scenario.clientMs, () => this.#tellDonor({ kind: 'drained' }));
        return;
      case 'freeze-and-extract':
        this.active.donor = false;
        this.#tellDonor({ kind: 'extracted', tcpState: new Uint8Array(), sequence: FIRST_SEQUENCE });
        return;
      case 'contest':
      case 'reclaim':
        this.#later(2 * this.#scenario.clientMs, () => this.#tellDonor({ kind: 'reclaimed' }));
        return;
      case 'resume':
        this.active.donor = true;
        this.ends.push(output.kind);
        return;
      default:
        this.ends.push(output.kind);
    }
  }

  #acceptorActs(output: AcceptorOutput): void {
    switch (output.kind) {
      case 'send':
        this.#later(this.#scenario.memberMs, () => this.#tellDonor({ kind: 'frame', frame: output.frame }));
        return;
      case 'start-return-routability':
        this.#homeTest(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 0);
        return;
      case 'restore-socket':
        this.#tellAcceptor({ kind: 'restored' });
        return;
      case 'bind':
      case 'renew':
        this.#later(2 * this.#scenario.clientMs, () =>
          this.#tellAcceptor({ kind: 'binding-acknowledged', sequence: FIRST_SEQUENCE + 1 }),
        );
        return;
      case 'activate':
        this.active.acceptor = true;
        return;
      case 'stop':
      case 'abandon':
        this.active.acceptor = false;
        return;
      case 'settled':
        return;
      default:
        output satisfies never;
    }
  }

  #tellDonor(input: DonorInput): void {
    this.#donor.handle(input, this.now);
    this.#drain();
  }

  #tellAcceptor(input: AcceptorInput): void {
    this.#acceptor.handle(input, this.now);
    this.#drain();
  }

  #drain(): void {
    for (let output = this.#donor.poll(); output !== undefined; output = this.#donor.poll())
      this.#donorActs(output);
    for (let output = this.#acceptor.poll(); output !== undefined; output = this.#acceptor.poll())
      this.#acceptorActs(output);
  }

  #later(delay: number, run: () => void): void {
    const at = this.now + delay;
    const behind = this.#agenda.findIndex((other) => other.at > at);
    this.#agenda.splice(behind < 0 ? this.#agenda.length : behind, 0, { at, run });
  }
}
