import { isNewerSequence } from '../../mip6/roles/shared/sequence.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { ContactGroup, type GroupInput, type GroupOutput } from '../../server/contact/contact-group.ts';
import type { ContactData, GroupFrame } from '../../server/contact/group-frames.ts';
import type { GroupTiming, StartingNumbers } from '../../server/contact/group-types.ts';

export const groupTiming: GroupTiming = {
  heartbeatMs: 1000,
  suspectMs: 3500,
  staggerMs: 500,
  registrationMs: 5000,
  handOverMs: 3000,
};

export type Mishap =
  | { readonly at: number; readonly kind: 'cut' | 'heal'; readonly one: number; readonly other: number }
  /** between a member and the home agent */
  | { readonly at: number; readonly kind: 'cut-home' | 'heal-home'; readonly one: number }
  | {
      readonly at: number;
      readonly kind: 'crash' | 'restart' | 'leave';
      readonly one: number;
      readonly told?: boolean;
    };

export interface GroupScenario {
  /** members of the trust group; one more member stands outside of it */
  readonly members: number;
  readonly memberMs: number;
  readonly homeMs: number;
  readonly mishaps: readonly Mishap[];
  /** the share of registrations and of their answers that is lost, until the last mishap */
  readonly loss: number;
  readonly random: () => number;
  /** members keep nothing over a restart: then one may enter its last term again, which its home agent refuses */
  readonly forgetful?: boolean;
}

export interface Accepted {
  readonly at: number;
  readonly member: number;
  readonly epoch: number;
}

interface Happening {
  readonly at: number;
  readonly run: () => void;
}

interface Registration {
  readonly epoch: number;
  esp: number;
  update: number;
  /** first attempt since the last answer */
  unansweredSince: number;
}

interface Member {
  readonly address: Ipv6Address;
  group: ContactGroup;
  alive: boolean;
  incarnation: number;
  registration: Registration | undefined;
  /** on stable storage */
  lastEpoch: number | undefined;
}

const contactAddress = ipv6('2001:db8:1::100');
const key = (octets: number) => new Uint8Array(octets);
const association = (spi: number) => ({
  spi,
  requestId: spi,
  encryptionKey: key(16),
  authenticationKey: key(20),
});
export const contactData: ContactData = {
  homeAgent: ipv6('2001:db8:1::1'),
  bindingUpdates: association(0x1001),
  bindingAcknowledgements: association(0x1002),
  tunnelOut: association(0x1003),
  tunnelIn: association(0x1004),
};
const REFRESH_MS = 20_000;
const REPLAY_WINDOW = 32;

/** A trust group, an outsider and a standard home agent in virtual time; the home agent knows nothing of groups. */
export class GroupWorld {
  now = 0;
  readonly members: Member[];
  readonly accepted: Accepted[] = [];
  /** ESP number → who sent it; a number that is sent twice is a fault */
  readonly espSenders = new Map<number, string>();
  readonly faults: string[] = [];
  readonly outputs: { readonly at: number; readonly member: number; readonly output: GroupOutput }[] = [];
  binding: number | undefined;
  readonly #scenario: GroupScenario;
  readonly #cuts = new Set<string>();
  readonly #homeCuts = new Set<number>();
  readonly #agenda: Happening[] = [];
  readonly #lastMishap: number;
  #top = 0;
  readonly #seen = new Set<number>();
  #lastUpdate: number | undefined;

  constructor(scenario: GroupScenario) {
    this.#scenario = scenario;
    this.#lastMishap = Math.max(0, ...scenario.mishaps.map(({ at }) => at));
    const addresses = Array.from({ length: scenario.members + 1 }, (_, n) => ipv6(`2001:db8:1:${n + 1}::2`));
    const order = addresses.slice(0, scenario.members);
    this.members = addresses.map((address) => ({
      address,
      group: this.#fresh(address, order),
      alive: true,
      incarnation: 0,
      registration: undefined,
      lastEpoch: undefined,
    }));
    this.members.forEach((_, one) => {
      for (let other = 0; other < one; other++) this.#connect(one, other, 0);
    });
    this.#at(1, () => this.#tell(0, { kind: 'found', data: contactData }));
    for (const mishap of scenario.mishaps) this.#at(mishap.at, () => this.#happens(mishap, order));
  }

  run(until: number): this {
    for (let events = 0; events < 200_000; events++) {
      const next = this.#next();
      if (next === undefined || next.at > until) {
        this.now = until;
        return this;
      }
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    throw new RangeError('too much happens');
  }

  /** Members of the trust group that live. */
  get living(): readonly number[] {
    return this.members.flatMap(({ alive }, n) => (alive && n < this.#scenario.members ? [n] : []));
  }

  get contactNodes(): readonly number[] {
    return this.living.filter((n) =>
      ['serving', 'leaving'].includes(this.members[n]!.group.claim?.stage ?? ''),
    );
  }

  #fresh(self: Ipv6Address, order: readonly Ipv6Address[], lastEpoch?: number): ContactGroup {
    // The outsider runs no group of its own; this one of a single member never hears a frame that it trusts.
    const own = order.includes(self) ? order : [self];
    const plan = { contactAddress, self, order: own, timing: groupTiming };
    return new ContactGroup(lastEpoch === undefined ? plan : { ...plan, lastEpoch }, this.now);
  }

  #happens(mishap: Mishap, order: readonly Ipv6Address[]): void {
    const member = this.members[mishap.one]!;
    switch (mishap.kind) {
      case 'cut':
        this.#disconnect(mishap.one, mishap.other);
        this.#cuts.add(pair(mishap.one, mishap.other));
        return;
      case 'heal':
        if (!this.#cuts.delete(pair(mishap.one, mishap.other))) return;
        this.#connect(mishap.one, mishap.other, 0);
        return;
      case 'cut-home':
        this.#homeCuts.add(mishap.one);
        return;
      case 'heal-home':
        this.#homeCuts.delete(mishap.one);
        return;
      case 'crash':
        this.#ends(mishap.one, mishap.told ?? true);
        return;
      case 'leave':
        this.#tell(mishap.one, { kind: 'leave' });
        return;
      case 'restart':
        if (member.alive) return;
        member.group = this.#fresh(member.address, order, member.lastEpoch);
        member.alive = true;
        this.members.forEach((_, other) => {
          if (other === mishap.one || !this.members[other]!.alive || this.#isCut(mishap.one, other)) return;
          // The new connection says that the old process has ended, if nothing did before.
          this.#later(2 * this.#scenario.memberMs, () =>
            this.#tell(other, { kind: 'peer-gone', peer: member.address }),
          );
          this.#connect(mishap.one, other, 2 * this.#scenario.memberMs);
        });
        return;
      default:
        mishap satisfies never;
    }
  }

  /** `told`: the host of the ended process closes its connections; otherwise there is silence. */
  #ends(one: number, told: boolean): void {
    const member = this.members[one]!;
    if (!member.alive) return;
    member.alive = false;
    member.incarnation++;
    member.registration = undefined;
    this.members.forEach(({ address: _, alive }, other) => {
      if (!alive || other === one || this.#isCut(one, other) || !told) return;
      this.#later(this.#scenario.memberMs, () =>
        this.#tell(other, { kind: 'peer-gone', peer: member.address }),
      );
    });
  }

  #connect(one: number, other: number, after: number): void {
    const [a, b] = [this.members[one]!, this.members[other]!];
    this.#later(after, () => {
      if (!a.alive || !b.alive || this.#isCut(one, other)) return;
      this.#tell(one, { kind: 'connected', peer: b.address });
      this.#tell(other, { kind: 'connected', peer: a.address });
    });
  }

  #disconnect(one: number, other: number): void {
    this.#tell(one, { kind: 'disconnected', peer: this.members[other]!.address });
    this.#tell(other, { kind: 'disconnected', peer: this.members[one]!.address });
  }

  #isCut(one: number, other: number): boolean {
    return this.#cuts.has(pair(one, other));
  }

  #tell(n: number, input: GroupInput): void {
    const member = this.members[n]!;
    if (!member.alive) return;
    member.group.handle(input, this.now);
    this.#drain(n);
  }

  #drain(n: number): void {
    const { group } = this.members[n]!;
    for (let output = group.poll(); output !== undefined; output = group.poll()) {
      this.outputs.push({ at: this.now, member: n, output });
      this.#acts(n, output);
    }
  }

  #acts(n: number, output: GroupOutput): void {
    const member = this.members[n]!;
    switch (output.kind) {
      case 'send':
        this.#carry(n, output.to, output.frame);
        return;
      case 'register':
        this.#register(n, output.epoch, output.numbers);
        return;
      case 'release':
        member.registration = undefined;
        return;
      case 'left':
        this.#ends(n, true);
        return;
      case 'announce':
      case 'follow':
      case 'exhausted':
        return;
      default:
        output satisfies never;
    }
  }

  #carry(from: number, to: Ipv6Address, frame: GroupFrame): void {
    const target = this.members.findIndex(({ address }) => address === to);
    const { incarnation } = this.members[target]!;
    if (frame.kind === 'contact-data' && target >= this.#scenario.members)
      this.faults.push('association data given to a member outside of the trust group');
    if (this.#isCut(from, target)) return;
    this.#later(this.#scenario.memberMs, () => {
      if (this.#isCut(from, target) || this.members[target]!.incarnation !== incarnation) return;
      this.#tell(target, { kind: 'frame', from: this.members[from]!.address, frame });
    });
  }

  #register(n: number, epoch: number, numbers: StartingNumbers): void {
    const registration = {
      epoch,
      esp: numbers.outbound,
      update: numbers.update,
      unansweredSince: this.now,
    };
    this.members[n]!.registration = registration;
    if (!this.#scenario.forgetful) this.members[n]!.lastEpoch = epoch;
    this.#update(n, registration, 0);
  }

  /** A Binding Update to the home agent, and its retransmissions, as a mobile node's (RFC 6275 §11.8). */
  #update(n: number, registration: Registration, attempt: number): void {
    const member = this.members[n]!;
    if (!member.alive || member.registration !== registration) return;
    registration.esp++;
    registration.update = (registration.update + 1) & 0xffff;
    const { esp, update, epoch } = registration;
    const sender = `${n}/${epoch}`;
    if (this.espSenders.has(esp) && !this.#scenario.forgetful)
      this.faults.push(`ESP number ${esp} sent by ${this.espSenders.get(esp)} and ${sender}`);
    this.espSenders.set(esp, sender);
    const waiting = registration.unansweredSince;
    this.#later(Math.min(32_000, 1000 * 2 ** attempt), () => {
      if (registration.unansweredSince !== waiting) return;
      if (attempt === 3) this.#tell(n, { kind: 'unregistered' });
      this.#update(n, registration, attempt + 1);
    });
    if (this.#homeCuts.has(n) || this.#loses()) return;
    this.#later(this.#scenario.homeMs, () => this.#arrives(n, registration, esp, update));
  }

  /** What a standard home agent does (RFC 4303 §3.4.3, RFC 6275 §10.3.1). */
  #arrives(n: number, registration: Registration, esp: number, update: number): void {
    if (esp <= this.#top - REPLAY_WINDOW || this.#seen.has(esp)) return;
    this.#seen.add(esp);
    this.#top = Math.max(this.#top, esp);
    const fresh = this.#lastUpdate === undefined || isNewerSequence(update, this.#lastUpdate);
    if (fresh) {
      this.#lastUpdate = update;
      this.binding = n;
      this.accepted.push({ at: this.now, member: n, epoch: registration.epoch });
    }
    const last = this.#lastUpdate!;
    if (this.#homeCuts.has(n) || this.#loses()) return;
    this.#later(this.#scenario.homeMs, () => this.#answered(n, registration, fresh, last));
  }

  #answered(n: number, registration: Registration, fresh: boolean, last: number): void {
    const member = this.members[n]!;
    // The answer goes to the care-of address, whoever of the group it means.
    if (!member.alive || member.registration !== registration) return;
    registration.unansweredSince = this.now;
    if (!fresh) {
      if (isNewerSequence(last, registration.update)) registration.update = last;
      this.#update(n, registration, 0);
      return;
    }
    this.#tell(n, { kind: 'registered', epoch: registration.epoch });
    const numbers = { bindingAcknowledgements: registration.esp, tunnelIn: 0 };
    this.#tell(n, { kind: 'numbers', outbound: registration.esp, inbound: numbers });
    this.#later(REFRESH_MS, () => this.#update(n, registration, 0));
  }

  #loses(): boolean {
    return this.now <= this.#lastMishap && this.#scenario.random() < this.#scenario.loss;
  }

  #next(): Happening | undefined {
    const first = this.#agenda[0];
    let due: Happening | undefined;
    if (first !== undefined) {
      const run = (): void => {
        this.#agenda.shift();
        first.run();
      };
      due = { at: first.at, run };
    }
    this.members.forEach(({ alive, group }, n) => {
      const at = alive ? group.deadline() : undefined;
      if (at === undefined || (due !== undefined && at >= due.at)) return;
      due = {
        at,
        run: () => {
          group.handleTimeout(this.now);
          this.#drain(n);
        },
      };
    });
    return due;
  }

  #later(delay: number, run: () => void): void {
    this.#at(this.now + delay, run);
  }

  #at(at: number, run: () => void): void {
    const later = this.#agenda.findIndex((other) => other.at > at);
    this.#agenda.splice(later < 0 ? this.#agenda.length : later, 0, { at, run });
  }
}

function pair(one: number, other: number): string {
  return `${Math.min(one, other)} ${Math.max(one, other)}`;
}
