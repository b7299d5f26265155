import { isNewerSequence } from '../../mip6/roles/shared/sequence.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { attentionTo } from '../../server/attention.ts';
import type { HandoffFrame } from '../../server/channel/channel-frames.ts';
import { Acceptor, type AcceptorInput, type AcceptorOutput } from '../../server/handoff/acceptor.ts';
import { Donor, type DonorInput, type DonorOutput } from '../../server/handoff/donor.ts';
import { handoffVariant } from '../../server/handoff/variants.ts';

/** What goes wrong, and when; times in ms. */
export interface Mishaps {
  /** the channel between the members breaks */
  readonly cutAt?: number;
  /** how long after that each side notices */
  readonly donorNotices: number;
  readonly acceptorNotices: number;
  /** it stands again; absent: never */
  readonly restoredAt?: number;
  /** as long as the channel is broken this member does not reach the client either */
  readonly cutOff?: Member;
  readonly donorDies?: number;
  readonly acceptorDies?: number;
  /** whether the survivor hears of a death from the dead one's host, or only silence */
  readonly hostTells: boolean;
  /** how many of the acceptor's first Binding Updates, and of their acknowledgements, are lost */
  readonly lostUpdates: number;
  readonly lostAcknowledgements: number;
  /** and of the donor's, when it asks the client back; so many acknowledgements of them, too */
  readonly lostReclaims?: number;
  readonly lostReclaimAnswers?: number;
  /** the members are of a release with Ask and Claim; default true */
  readonly claims?: boolean;
  /** one-way latencies */
  readonly memberMs: number;
  readonly clientMs: number;
}

type Member = 'donor' | 'acceptor';

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const plan = { handoff: 1, client, contactAddress, leaseMs: 5000 };
const FIRST_SEQUENCE = 65_530;
const RETRANSMIT_MS = 1000;
const GIVE_UP_MS = 15_000;
const MOST_EVENTS = 10_000;
const FRESH_MS = 1000;

/** Donor, acceptor and client of one handoff in virtual time; records who can exchange octets with the client. */
export class HandoffWorld {
  now = 0;
  readonly active = { donor: true, acceptor: false };
  /** instants at which both members were active */
  readonly conflicts: number[] = [];
  readonly ends: string[] = [];
  /** the acceptor has served, for however short a time */
  accepted = false;
  /** ms for which the donor stood frozen before it served on */
  silentMs = 0;
  /** the donor has frozen the client */
  froze = false;
  #frozenAt = 0;
  /** a frame of the acceptor came to the donor last */
  #heardAt: number;
  readonly #mishaps: Mishaps;
  readonly #donor: Donor;
  readonly #acceptor: Acceptor;
  readonly #agenda: { readonly at: number; readonly run: () => void }[] = [];
  readonly #dead = { donor: false, acceptor: false };
  #register = FIRST_SEQUENCE;
  #acceptorSequence = FIRST_SEQUENCE;
  #updates = 0;
  /** from Init until a silent acceptor is given up */
  readonly longestMs: number;
  #acknowledgements = 0;
  /** reclaims: each has a number of its own */
  #again = 0;
  #tests = 0;
  #reclaims = 0;
  #reclaimAnswers = 0;
  /** of the acceptor's Binding Update under way; a later one replaces it */
  #exchange = 0;

  constructor(variant: string, mishaps: Mishaps) {
    const { claims = true, memberMs } = mishaps;
    this.#mishaps = mishaps;
    this.#heardAt = Number.NEGATIVE_INFINITY;
    const heardAt = (): number => this.#heardAt;
    const path = { roundTripMs: 2 * memberMs, variationMs: 0 };
    const attention = attentionTo({ heardAt, progressAt: heardAt, path }, FRESH_MS);
    this.longestMs = attention.everyMs + attention.patienceMs;
    const options = { variant: handoffVariant(variant), waitMs: 0, doneTimeoutMs: 60_000, claims };
    const looking = claims ? { attention } : {};
    this.#donor = new Donor({ ...plan, ...options, ...looking, applicationState: new Uint8Array() });
    this.#acceptor = new Acceptor({ ...plan, timeoutMs: 60_000, claims }, 0);
    this.#plan(mishaps);
  }

  /** Runs until nothing is left to happen. */
  run(): this {
    this.#tellDonor({ kind: 'last-send-returned' });
    for (let count = 0; count < MOST_EVENTS; count++) {
      const next = this.#next();
      if (next === undefined) return this;
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    throw new RangeError('the handoff does not come to an end');
  }

  #plan(mishaps: Mishaps): void {
    const { cutAt, restoredAt, donorNotices, acceptorNotices, donorDies, acceptorDies } = mishaps;
    if (cutAt !== undefined) {
      this.#at(cutAt + donorNotices, () => this.#tellDonor({ kind: 'channel-lost' }));
      this.#at(cutAt + acceptorNotices, () => this.#tellAcceptor({ kind: 'channel-lost' }));
      if (restoredAt !== undefined) {
        this.#at(this.#restored(), () => this.#tellDonor({ kind: 'channel-restored' }));
        this.#at(this.#restored(), () => this.#tellAcceptor({ kind: 'channel-restored' }));
      }
    }
    if (donorDies !== undefined) this.#at(donorDies, () => this.#die('donor'));
    if (acceptorDies !== undefined) this.#at(acceptorDies, () => this.#die('acceptor'));
  }

  /** A channel that stands again was seen broken by both before. */
  #restored(): number {
    const { cutAt = 0, donorNotices, acceptorNotices, restoredAt = 0 } = this.#mishaps;
    return cutAt + Math.max(donorNotices, acceptorNotices) + restoredAt;
  }

  #isCut(): boolean {
    const { cutAt, restoredAt } = this.#mishaps;
    if (cutAt === undefined || this.now < cutAt) return false;
    return restoredAt === undefined || this.now < this.#restored();
  }

  #die(member: Member): void {
    this.#dead[member] = true;
    this.#set(member, false);
    if (!this.#mishaps.hostTells) return;
    const tell = (kind: 'channel-lost' | 'peer-gone'): void =>
      member === 'donor' ? this.#tellAcceptor({ kind }) : this.#tellDonor({ kind });
    this.#later(this.#mishaps.memberMs, () => tell('channel-lost'));
    this.#later(3 * this.#mishaps.memberMs, () => tell('peer-gone'));
  }

  #set(member: Member, active: boolean): void {
    if (member === 'donor' && !active) this.#frozenAt = this.now;
    if (member === 'donor' && active) this.silentMs = this.now - this.#frozenAt;
    this.active[member] = active;
    if (this.active.donor && this.active.acceptor) this.conflicts.push(this.now);
  }

  #next(): { readonly at: number; readonly run: () => void } | undefined {
    const due = [
      ...this.#agenda,
      ...this.#deadline('donor', this.#donor),
      ...this.#deadline('acceptor', this.#acceptor),
    ].sort((a, b) => a.at - b.at)[0];
    const index = due === undefined ? -1 : this.#agenda.indexOf(due);
    if (index >= 0) this.#agenda.splice(index, 1);
    return due;
  }

  #deadline(member: Member, role: Donor | Acceptor): { at: number; run: () => void }[] {
    const at = this.#dead[member] ? undefined : role.deadline();
    if (at === undefined) return [];
    const run = (): void => {
      role.handleTimeout(this.now);
      if (member === 'donor') this.#drainDonor();
      else this.#drainAcceptor();
    };
    return [{ at, run }];
  }

  #at(at: number, run: () => void): void {
    this.#agenda.push({ at, run });
  }

  #later(delay: number, run: () => void): void {
    this.#at(this.now + delay, run);
  }

  #tellDonor(input: DonorInput): void {
    if (this.#dead.donor) return;
    this.#donor.handle(input, this.now);
    this.#drainDonor();
  }

  #tellAcceptor(input: AcceptorInput): void {
    if (this.#dead.acceptor) return;
    this.#acceptor.handle(input, this.now);
    this.#drainAcceptor();
  }

  #drainDonor(): void {
    for (let output = this.#donor.poll(); output !== undefined; output = this.#donor.poll())
      this.#donorActs(output);
  }

  #drainAcceptor(): void {
    for (let output = this.#acceptor.poll(); output !== undefined; output = this.#acceptor.poll()) {
      this.#acceptorActs(output);
    }
  }

  #carry(frame: HandoffFrame, to: Member): void {
    if (this.#isCut()) return;
    this.#later(this.#mishaps.memberMs, () => {
      if (this.#isCut()) return;
      if (to === 'donor') this.#arrivesAtDonor(frame);
      else if (frame.kind === 'ask') {
        if (!this.#dead.acceptor) this.#carry({ kind: 'here', handoff: 1 }, 'donor');
      } else if (frame.kind === 'cancel' && this.#acceptor.finished && !this.#dead.acceptor)
        // A handoff that nobody knows was given up, possibly after its Binding Update.
        this.#carry({ kind: 'refuse', handoff: 1, bound: true, reason: 'given up earlier' }, 'donor');
      else this.#tellAcceptor({ kind: 'frame', frame });
    });
  }

  #arrivesAtDonor(frame: HandoffFrame): void {
    this.#heardAt = this.now;
    const over = this.#donor.finished && !this.#dead.donor;
    if (!over || frame.kind !== 'claim') this.#tellDonor({ kind: 'frame', frame });
    else this.#carry({ kind: this.ends.includes('handed-off') ? 'grant' : 'cancel', handoff: 1 }, 'acceptor');
  }

  #donorActs(output: DonorOutput): void {
    switch (output.kind) {
      case 'send':
        this.#carry(output.frame, 'acceptor');
        return;
      case 'watch-drain':
        this.#later(80, () => this.#tellDonor({ kind: 'drained' }));
        return;
      case 'freeze-and-extract':
        this.froze = true;
        this.#set('donor', false);
        this.#tellDonor({ kind: 'extracted', tcpState: new Uint8Array(), sequence: FIRST_SEQUENCE });
        return;
      case 'contest':
        this.#reclaim(output.sequence);
        return;
      case 'reclaim':
        this.#reclaim(output.sequence + this.#again++);
        return;
      case 'resume':
        this.#set('donor', true);
        this.ends.push('resume');
        return;
      case 'handed-off':
      case 'lose':
        this.ends.push(output.kind);
        return;
      default:
        output satisfies never;
    }
  }

  #acceptorActs(output: AcceptorOutput): void {
    switch (output.kind) {
      case 'send':
        this.#carry(output.frame, 'donor');
        return;
      case 'start-return-routability':
        this.#routability(++this.#tests);
        return;
      case 'restore-socket':
        this.#tellAcceptor({ kind: 'restored' });
        return;
      case 'bind':
        this.#update(++this.#exchange, output.insists);
        return;
      case 'renew':
        this.#update(++this.#exchange, false);
        return;
      case 'activate':
        this.accepted = true;
        this.#set('acceptor', true);
        return;
      case 'stop':
      case 'abandon':
        this.#exchange++;
        this.#set('acceptor', false);
        return;
      case 'settled':
        return;
      default:
        output satisfies never;
    }
  }

  /** Return routability: a test that is lost is tried again for a while. */
  #routability(run: number): void {
    if (run !== this.#tests) return;
    const reached = this.#reaches('acceptor');
    this.#later(reached ? 4 * this.#mishaps.memberMs : GIVE_UP_MS, () =>
      this.#tellAcceptor(
        reached
          ? { kind: 'return-routability-complete' }
          : { kind: 'failed', reason: 'no answer', unanswered: true },
      ),
    );
  }

  /** A member that is cut off reaches the client, as the other one, only while the channel stands. */
  #reaches(member: Member): boolean {
    return this.#mishaps.cutOff !== member || !this.#isCut();
  }

  /** The client has bound the acceptor, whether or not the acceptor knows. */
  get acceptorBound(): boolean {
    return this.#register !== FIRST_SEQUENCE;
  }

  /** The acceptor's Binding Update and its retransmissions, each with a number of its own (RFC 6275 §11.8) unless it insists. */
  #update(exchange: number, insists: boolean, attempt = 0): void {
    if (this.#dead.acceptor || exchange !== this.#exchange) return;
    if (attempt > 4) {
      this.#exchange++;
      this.#tellAcceptor({ kind: 'failed', reason: 'no answer', unanswered: true });
      return;
    }
    const first = (FIRST_SEQUENCE + 1) & 0xffff;
    this.#acceptorSequence = insists ? first : (this.#acceptorSequence + 1) & 0xffff;
    const sequence = this.#acceptorSequence;
    this.#later(RETRANSMIT_MS * 2 ** attempt, () => this.#update(exchange, insists, attempt + 1));
    if (!this.#reaches('acceptor') || this.#updates++ < this.#mishaps.lostUpdates) return;
    this.#later(this.#mishaps.clientMs, () => {
      const accepted = isNewerSequence(sequence, this.#register);
      if (accepted) this.#register = sequence;
      if (this.#acknowledgements++ < this.#mishaps.lostAcknowledgements) return;
      this.#later(this.#mishaps.clientMs, () => {
        if (this.#reaches('acceptor')) this.#answered(exchange, sequence, accepted);
      });
    });
  }

  #answered(exchange: number, sequence: number, accepted: boolean): void {
    if (exchange !== this.#exchange) return;
    this.#exchange++;
    this.#tellAcceptor(accepted ? { kind: 'binding-acknowledged', sequence } : { kind: 'superseded' });
  }

  /** The donor's Binding Update; one without an answer is given up, once its retransmissions are. */
  #reclaim(sequence: number): void {
    const { clientMs, lostReclaims = 0, lostReclaimAnswers = 0 } = this.#mishaps;
    const unanswered = { kind: 'reclaim-failed', cause: 'unanswered', reason: 'no answer' } as const;
    const superseded = { kind: 'reclaim-failed', cause: 'superseded', reason: 'status 135' } as const;
    const asked = this.#reclaims++;
    // An answer to an earlier question is none to a later one.
    const tell = (input: DonorInput): void => {
      if (asked === this.#reclaims - 1) this.#tellDonor(input);
    };
    const giveUp = (): void => this.#later(GIVE_UP_MS, () => tell(unanswered));
    if (!this.#reaches('donor') || asked < lostReclaims) {
      giveUp();
      return;
    }
    this.#later(clientMs, () => {
      const accepted = isNewerSequence(sequence, this.#register);
      if (accepted) this.#register = sequence;
      if (this.#reclaimAnswers++ < lostReclaimAnswers) giveUp();
      else this.#later(clientMs, () => tell(accepted ? { kind: 'reclaimed' } : superseded));
    });
  }
}
