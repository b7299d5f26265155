import { isOvertaken, type Numbering, nextNumber } from '../../mip6/roles/mobile-node/numbering.ts';
import { UpdateSequence } from '../../mip6/roles/mobile-node/update-sequence.ts';
import { isNewerSequence } from '../../mip6/roles/shared/sequence.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { ConnectionEnds } from '../../server/admission/connection-ends.ts';
import { GroupAddresses } from '../../server/admission/group-addresses.ts';
import { attentionTo } from '../../server/attention.ts';
import { type BindingAnswer, numberingOf } from '../../server/bindings/client-bindings.ts';
import { HandoffEndpoint } from '../../server/handoff/endpoint.ts';
import type { EndpointInput, EndpointOutput } from '../../server/handoff/endpoint-types.ts';
import type { HandoffFrame } from '../../server/handoff/frames.ts';
import { type HandoffAxes, handoffVariant } from '../../server/variants/variants.ts';
import { seededRandom } from '../../topologies/seeded-random.ts';

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
  /** of a release that tells variants; default true */
  readonly variants?: boolean;
  /** one-way latencies */
  readonly memberMs: number;
  readonly clientMs: number;
  /** the link between the members delays frames by up to as much again, and carries some of them twice, as this seed has it; their order stays */
  readonly linkSeed?: number;
  /** Binding Updates and their answers take up to three seconds longer, as this seed has it: they overtake each other */
  readonly clientLinkSeed?: number;
  /** the client's connections; default 1 */
  readonly connections?: number;
  /** at the acceptor all of them end, so long after it serves */
  readonly clientEndsAfter?: number;
  /** one that comes to its end when its state is to be read, one whose state cannot be read, one that cannot be re-created */
  readonly vanishing?: number;
  readonly unextractable?: number;
  readonly unrestorable?: number;
  /** those that end before their last send() returns */
  readonly gone?: readonly number[];
}

export type Member = 'donor' | 'acceptor';
interface State extends ConnectionEnds {
  readonly connection: number;
}

export const client: Ipv6Address = ipv6('2001:db8:c::2');
export const contactAddress: Ipv6Address = ipv6('2001:db8:1::100');
export const addresses = { donor: ipv6('2001:db8:1:1::2'), acceptor: ipv6('2001:db8:1:2::2') } as const;
export const servicePort = 80;
const FIRST_PORT = 4000;
export const FIRST_SEQUENCE = 65_530;
const RETRANSMIT_MS = 1000;
export const GIVE_UP_MS = 15_000;
/** beyond the least time between two Binding Updates */
const LATEST_MS = 3000;
const MOST_EVENTS = 10_000;
const FRESH_MS = 1000;
/** One way between a member and the client, as the donor has measured, and how long it takes the donor's sockets to send what they have. */
const CLIENT_MS = 40;
const UNSENT_MS = 30;
const careOf = { careOfNonceIndex: 7, careOfKeygenToken: new Uint8Array(8), ageMs: 0, tripMs: 0 } as const;
const other = { donor: 'acceptor', acceptor: 'donor' } as const;

/** The endpoints of two members, joined by a channel, and the client of one handoff in virtual time; records who can exchange octets with the client. */
export class HandoffWorld {
  now = 0;
  readonly active = { donor: true, acceptor: false };
  /** instants at which both members were active */
  readonly conflicts: number[] = [];
  /** the donor has served on behind Init; an acceptor that serves later repeats what has been said since */
  donorServed = false;
  readonly ends: string[] = [];
  /** what each member said, with the kinds of its frames alone */
  readonly said = { donor: [] as HandoffFrame[], acceptor: [] as HandoffFrame[] };
  /** names of the donor's and the acceptor's outputs */
  readonly steps: string[] = [];
  /** the client has bound the acceptor, whether or not the acceptor knows */
  acceptorBound = false;
  /** the acceptor has served, for however short a time, and known that the client was bound to it */
  accepted = false;
  /** the acceptor has been able to exchange octets with the client, for however short a time */
  spoke = false;
  /** the acceptor knows that the client is its own for good */
  settled = false;
  /** Binding Updates that the acceptor sent to keep the client */
  renewals = 0;
  /** ms for which the donor stood frozen before it served on */
  silentMs = 0;
  /** the donor has frozen the client */
  froze = false;
  /** connections that each member has */
  readonly holds = { donor: new Set<number>(), acceptor: new Set<number>() };
  /** from Init until a silent acceptor is given up */
  readonly longestMs: number;
  /** instants at which the acceptor began return routability */
  readonly testsAt: number[] = [];
  protected readonly endpoints: { readonly [Name in Member]: HandoffEndpoint<State> };
  protected tests = 0;
  readonly #mishaps: Mishaps;
  readonly #variant: HandoffAxes;
  readonly #agenda: { readonly at: number; readonly run: () => void }[] = [];
  readonly #dead = { donor: false, acceptor: false };
  /** each has seen that the channel is lost */
  readonly #noticed = { donor: false, acceptor: false };
  readonly #heardAt = { donor: Number.NEGATIVE_INFINITY, acceptor: Number.NEGATIVE_INFINITY };
  /** a frame comes no sooner than the one before */
  readonly #lastArrival = { donor: 0, acceptor: 0 };
  readonly #random: () => number;
  readonly #clientRandom: () => number;
  #frozenAt = 0;
  #unsentUntil: number | undefined;
  /** whose Binding Update the client has accepted last; its packets are taken, others' only in the reverse tunnel */
  #boundTo: Member = 'donor';
  /** the acceptor's sockets are its application's; until its binding is acknowledged they may speak in the reverse tunnel */
  #live = false;
  #tunnelled = false;
  #register = FIRST_SEQUENCE;
  #acceptorSequence: number | undefined;
  readonly #acceptorNumbers = new UpdateSequence(() => new Uint8Array(2));
  #updates = 0;
  #acknowledgements = 0;
  /** reclaims: each has a number of its own */
  #again = 0;
  #reclaims = 0;
  #reclaimAnswers = 0;
  /** of the acceptor's Binding Update under way; a later one replaces it */
  #exchange = 0;

  constructor(variant: string | HandoffAxes, mishaps: Mishaps) {
    const { memberMs, linkSeed, clientLinkSeed, connections = 1 } = mishaps;
    this.#mishaps = mishaps;
    this.#variant = typeof variant === 'string' ? handoffVariant(variant) : variant;
    this.#random = linkSeed === undefined ? () => 1 : seededRandom(linkSeed);
    this.#clientRandom = clientLinkSeed === undefined ? () => 0 : seededRandom(clientLinkSeed);
    const path = { roundTripMs: 2 * memberMs, variationMs: 0, leastRoundTripMs: 2 * memberMs };
    const { everyMs, patienceMs } = attentionTo({ heardAt: () => 0, progressAt: () => 0, path }, FRESH_MS);
    this.longestMs = everyMs + patienceMs;
    this.endpoints = { donor: this.#endpoint('donor'), acceptor: this.#endpoint('acceptor') };
    for (let connection = 0; connection < connections; connection++) this.holds.donor.add(connection);
    this.#schedule(mishaps);
  }

  /** Runs until nothing is left to happen. */
  run(): this {
    const connections = [...this.holds.donor];
    const { acceptor } = addresses;
    this.tell('donor', { kind: 'donate', client, acceptor, connections, variant: this.#variant, waitMs: 0 });
    for (const connection of connections) {
      const gone = this.#mishaps.gone?.includes(connection) === true;
      if (gone) this.holds.donor.delete(connection);
      const input = { kind: gone ? 'client-gone' : 'last-send-returned', connection } as const;
      this.tell('donor', { kind: 'of-donation', client, input });
    }
    for (let count = 0; count < MOST_EVENTS; count++) {
      const next = this.#next();
      if (next === undefined) return this;
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    throw new RangeError('the handoff does not come to an end');
  }

  tell(member: Member, input: EndpointInput): void {
    if (this.#dead[member]) return;
    const endpoint = this.endpoints[member];
    endpoint.handle(input, this.now);
    this.#drain(member);
  }

  protected answer(member: Member, answer: BindingAnswer): void {
    this.tell(member, { kind: 'answer', answer: { client, ...answer } });
  }

  protected later(delay: number, run: () => void): void {
    this.#at(this.now + delay, run);
  }

  /** Return routability: a test that is lost is tried again for a while. */
  protected test(run: number): void {
    if (run !== this.tests) return;
    const reached = this.#reaches('acceptor');
    this.later(reached ? 4 * this.#mishaps.memberMs : GIVE_UP_MS, () =>
      this.answer(
        'acceptor',
        reached ? { kind: 'routable', careOf } : { kind: 'unanswered', reason: 'no answer' },
      ),
    );
  }

  #endpoint(member: Member): HandoffEndpoint<State> {
    const { claims = true, variants = true, memberMs } = this.#mishaps;
    const heardAt = (): number => this.#heardAt[member];
    const path = { roundTripMs: 2 * memberMs, variationMs: 0, leastRoundTripMs: 2 * memberMs };
    return new HandoffEndpoint<State>({
      ...{ contactAddress, servicePort, doneTimeoutMs: 60_000, leaseMs: 5000 },
      group: new GroupAddresses([[contactAddress, 'contact address']]),
      attentionTo: () => (claims ? attentionTo({ heardAt, progressAt: heardAt, path }, FRESH_MS) : undefined),
      takesClaims: () => claims,
      takesVariants: () => variants,
      isResumable: () => true,
      clientTripMs: () => CLIENT_MS,
      memberTripMs: () => memberMs,
      unsent: () => {
        this.#unsentUntil ??= this.now + UNSENT_MS;
        return { octets: 250 * Math.max(0, this.#unsentUntil - this.now), perMs: 250, evenly: true };
      },
      takesManyVariants: () => variants && claims,
      decode: ({ tcpState }) => {
        const [connection = 0] = tcpState;
        const remote = { address: client, port: FIRST_PORT + connection };
        return { connection, local: { address: contactAddress, port: servicePort }, remote };
      },
      lastSequence: () => (member === 'donor' ? FIRST_SEQUENCE : this.#acceptorSequence),
    });
  }

  #schedule(mishaps: Mishaps): void {
    const { cutAt, restoredAt, donorNotices, acceptorNotices, donorDies, acceptorDies } = mishaps;
    if (cutAt !== undefined) {
      this.#at(cutAt + donorNotices, () => this.#change('donor', 'lost'));
      this.#at(cutAt + acceptorNotices, () => this.#change('acceptor', 'lost'));
      if (restoredAt !== undefined) {
        this.#at(this.#restored(), () => this.#change('donor', 'restored'));
        this.#at(this.#restored(), () => this.#change('acceptor', 'restored'));
      }
    }
    if (donorDies !== undefined) this.#at(donorDies, () => this.#die('donor'));
    if (acceptorDies !== undefined) this.#at(acceptorDies, () => this.#die('acceptor'));
  }

  #change(member: Member, change: 'lost' | 'restored' | 'gone'): void {
    this.#noticed[member] = change !== 'restored';
    this.tell(member, { kind: 'peer', peer: addresses[other[member]], change });
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
    if (member === 'acceptor') this.#live = false;
    this.holds[member].clear();
    this.#set(member, false);
    if (!this.#mishaps.hostTells) return;
    const survivor = other[member];
    this.later(this.#mishaps.memberMs, () => this.#change(survivor, 'lost'));
    this.later(3 * this.#mishaps.memberMs, () => this.#change(survivor, 'gone'));
  }

  #set(member: Member, active: boolean): void {
    if (member === 'donor' && !active) this.#frozenAt = this.now;
    if (member === 'donor' && active && this.froze) this.silentMs = this.now - this.#frozenAt;
    this.active[member] = active;
    if (member === 'acceptor' && active && this.#reaches(member)) this.spoke = true;
    if (this.active.donor && this.active.acceptor) this.conflicts.push(this.now);
  }

  /** The client has accepted this number from that member. */
  #bind(member: Member, sequence: number): void {
    this.#register = sequence;
    this.#boundTo = member;
    this.#judge();
  }

  /** Whether the acceptor can exchange octets with the client. */
  #judge(): void {
    const active = this.#live && (this.#tunnelled || this.#boundTo === 'acceptor');
    if (active === this.active.acceptor) return;
    if (active && this.donorServed) this.conflicts.push(this.now);
    this.#set('acceptor', active);
  }

  #next(): { readonly at: number; readonly run: () => void } | undefined {
    const due = [...this.#agenda, ...this.#deadline('donor'), ...this.#deadline('acceptor')].sort(
      (a, b) => a.at - b.at,
    )[0];
    const index = due === undefined ? -1 : this.#agenda.indexOf(due);
    if (index >= 0) this.#agenda.splice(index, 1);
    return due;
  }

  #deadline(member: Member): { at: number; run: () => void }[] {
    const at = this.#dead[member] ? undefined : this.endpoints[member].deadline();
    if (at === undefined) return [];
    const run = (): void => {
      this.endpoints[member].handleTimeout(this.now);
      this.#drain(member);
    };
    return [{ at, run }];
  }

  #at(at: number, run: () => void): void {
    this.#agenda.push({ at, run });
  }

  #drain(member: Member): void {
    const endpoint = this.endpoints[member];
    for (let output = endpoint.poll(); output !== undefined; output = endpoint.poll())
      this.#act(member, output);
  }

  #act(member: Member, output: EndpointOutput<State>): void {
    switch (output.kind) {
      case 'send':
        this.#send(member, output.frame);
        return;
      case 'received':
      case 'discarded':
      case 'fell-back':
      case 'test-home':
        return;
      case 'of-donation':
        this.steps.push(output.output.kind);
        this.#donorActs(output.output);
        return;
      case 'of-arrival':
        this.steps.push(output.output.kind);
        this.#acceptorActs(output.arrival, output.output);
        return;
      default:
        output satisfies never;
    }
  }

  #send(from: Member, frame: HandoffFrame): void {
    this.said[from].push(frame);
    if (this.#noticed[from]) this.tell(from, { kind: 'unsent', to: addresses[other[from]], frame });
    else this.#carry(from, frame);
  }

  #carry(from: Member, frame: HandoffFrame): void {
    const to = other[from];
    const { memberMs, linkSeed } = this.#mishaps;
    const times = linkSeed !== undefined && this.#random() < 0.3 ? 2 : 1;
    const sent = this.now;
    for (let time = 0; time < times; time++) {
      const delay = linkSeed === undefined ? memberMs : memberMs * (1 + this.#random());
      this.#lastArrival[to] = Math.max(this.now + delay, this.#lastArrival[to]);
      this.#at(this.#lastArrival[to], () => {
        // What a broken connection held is lost, whether or not there is another one by now.
        if (this.#cutSince(sent) || this.#dead[to]) return;
        this.#heardAt[to] = this.now;
        this.tell(to, { kind: 'frame', from: addresses[from], frame });
      });
    }
  }

  #cutSince(sent: number): boolean {
    const { cutAt } = this.#mishaps;
    if (cutAt === undefined || this.now < cutAt) return false;
    return this.#isCut() || sent < this.#restored();
  }

  #donorActs(output: Extract<EndpointOutput<State>, { kind: 'of-donation' }>['output']): void {
    const tell = (input: Extract<EndpointInput, { kind: 'of-donation' }>['input']): void =>
      this.tell('donor', { kind: 'of-donation', client, input });
    switch (output.kind) {
      case 'hold-new-connections':
        return;
      case 'watch-drain':
        for (const connection of output.connections)
          this.later(80 + connection, () => tell({ kind: 'drained', connection }));
        return;
      case 'freeze-and-extract':
        this.froze = true;
        this.#set('donor', false);
        for (const connection of output.connections) this.#extract(connection, output.aheadMs, tell);
        return;
      case 'stop-optimising':
        return;
      case 'freeze':
        this.#frozenAt = this.now;
        return;
      case 'bind-for-acceptor':
        this.#bindFor(output.copies);
        return;
      case 'leave-out':
        this.holds.donor.delete(output.connection);
        return;
      case 'contest':
        this.#reclaim(output.sequence);
        return;
      case 'reclaim':
        this.#reclaim(output.sequence + this.#again++);
        return;
      case 'resume':
        this.donorServed = true;
        this.#set('donor', true);
        this.ends.push('resume');
        return;
      case 'handed-off':
      case 'lose':
        this.holds.donor.clear();
        this.active.donor = false;
        this.ends.push(output.kind);
        return;
      default:
        output satisfies never;
    }
  }

  /** The donor's Binding Updates in band; of these, too, the first may be lost. */
  #bindFor(copies: number): void {
    for (let copy = 1; copy <= copies; copy++) {
      if (!this.#reaches('donor') || this.#updates++ < this.#mishaps.lostUpdates) continue;
      const sequence = (FIRST_SEQUENCE + copy) & 0xffff;
      this.later(this.#mishaps.clientMs, () => {
        if (this.#bindingUpdate('acceptor', sequence).kind === 'bound') this.acceptorBound = true;
      });
    }
  }

  #extract(
    connection: number,
    aheadMs: number | undefined,
    tell: (input: Extract<EndpointInput, { kind: 'of-donation' }>['input']) => void,
  ): void {
    const { vanishing, unextractable } = this.#mishaps;
    if (connection === vanishing) {
      this.holds.donor.delete(connection);
      tell({ kind: 'client-gone', connection });
    } else if (connection === unextractable) tell({ kind: 'not-extracted', reason: 'closing' });
    else {
      const state = { tcpState: Uint8Array.of(connection), applicationState: Uint8Array.of(1, connection) };
      const goesOn = aheadMs === undefined ? {} : { goesOn: true as const };
      tell({ kind: 'extracted', connection, state, sequence: FIRST_SEQUENCE, ...goesOn });
    }
  }

  #acceptorActs(
    arrival: number,
    output: Extract<EndpointOutput<State>, { kind: 'of-arrival' }>['output'],
  ): void {
    switch (output.kind) {
      case 'start-return-routability':
        this.testsAt.push(this.now);
        this.test(++this.tests);
        return;
      case 'restore-sockets': {
        const places = output.connections.map(({ state }) => state.connection);
        const fails = places.includes(this.#mishaps.unrestorable ?? -1);
        if (!fails) for (const connection of places) this.holds.acceptor.add(connection);
        const input = fails
          ? ({ kind: 'not-restored', reason: 'no memory' } as const)
          : ({ kind: 'restored' } as const);
        this.tell('acceptor', { kind: 'of-arrival', arrival, input });
        return;
      }
      case 'bind':
      case 'bind-again': {
        const { copies = 1 } = { copies: 1, ...output };
        if (output.optimisesAt === 'update') this.#tunnelled = false;
        this.#judge();
        this.#update(++this.#exchange, numberingOf(output), copies);
        return;
      }
      case 'renew':
        if (this.active.acceptor) this.renewals++;
        this.#update(++this.#exchange, numberingOf(output), 1);
        return;
      case 'adopt':
        this.#acceptorNumbers.adopt(output.sequence);
        this.later(2 * this.#mishaps.clientMs + 10, () => {
          if (this.#live) this.#update(++this.#exchange, { kind: 'yielding' }, 1);
        });
        return;
      case 'activate':
        this.#live = true;
        this.#tunnelled = this.#variant.firstPath === 'reverse-tunnel' && this.#boundTo === 'donor';
        this.#judge();
        this.#end(arrival, output.applicationStates.length);
        return;
      case 'stop':
      case 'abandon':
        this.#exchange++;
        this.holds.acceptor.clear();
        this.#live = false;
        this.#judge();
        return;
      case 'settled':
        this.settled = true;
        return;
      default:
        output satisfies never;
    }
  }

  #end(arrival: number, connections: number): void {
    const { clientEndsAfter } = this.#mishaps;
    if (clientEndsAfter === undefined) return;
    for (let connection = 0; connection < connections; connection++)
      this.later(clientEndsAfter + connection, () =>
        this.tell('acceptor', { kind: 'of-arrival', arrival, input: { kind: 'client-gone', connection } }),
      );
  }

  /** One way to the client, or back. */
  #clientMs(): number {
    return this.#mishaps.clientMs + LATEST_MS * this.#clientRandom();
  }

  /** A member that is cut off reaches the client, as the other one, only while the channel stands. */
  #reaches(member: Member): boolean {
    return this.#mishaps.cutOff !== member || !this.#isCut();
  }

  /** The acceptor's Binding Update and its retransmissions, each with a number of its own (RFC 6275 §11.8) unless that is fixed. */
  #update(exchange: number, numbering: Numbering, copies: number, attempt = 0): void {
    if (this.#dead.acceptor || exchange !== this.#exchange) return;
    if (attempt > 4) {
      this.#exchange++;
      this.answer('acceptor', { kind: 'unanswered', reason: 'no answer' });
      return;
    }
    this.later(RETRANSMIT_MS * 2 ** attempt, () => this.#update(exchange, numbering, 1, attempt + 1));
    for (let copy = 0; copy < copies; copy++) this.#transmit(exchange, numbering);
  }

  #transmit(exchange: number, numbering: Numbering): void {
    const sequence = nextNumber(numbering, this.#acceptorNumbers);
    this.#acceptorSequence = sequence;
    if (!this.#reaches('acceptor') || this.#updates++ < this.#mishaps.lostUpdates) return;
    this.later(this.#clientMs(), () => {
      const answer = this.#bindingUpdate('acceptor', sequence);
      if (answer.kind === 'bound') this.acceptorBound = true;
      if (this.#acknowledgements++ < this.#mishaps.lostAcknowledgements) return;
      this.later(this.#clientMs(), () => {
        if (this.#reaches('acceptor')) this.#answered(exchange, numbering, answer);
      });
    });
  }

  /** The client's binding cache: what it answers to a Binding Update (RFC 6275 §9.5.1). */
  #bindingUpdate(member: Member, sequence: number): BindingAnswer {
    const accepted = isNewerSequence(sequence, this.#register);
    if (accepted) this.#bind(member, sequence);
    return accepted
      ? { kind: 'bound', sequence }
      : { kind: 'superseded', reason: 'status 135', accepted: this.#register };
  }

  #answered(exchange: number, numbering: Numbering, answer: BindingAnswer): void {
    if (exchange !== this.#exchange) return;
    this.#exchange++;
    const accepted = answer.kind === 'superseded' ? answer.accepted : undefined;
    if (accepted !== undefined && !isOvertaken(numbering, accepted, this.#acceptorNumbers.last)) {
      this.#acceptorNumbers.adopt(accepted);
      this.#update(this.#exchange, numbering, 1);
      return;
    }
    if (answer.kind === 'bound') this.#tunnelled = false;
    if (answer.kind === 'bound' && !this.#dead.acceptor) this.accepted = true;
    this.#judge();
    this.answer('acceptor', answer);
  }

  /** The donor's Binding Update; one without an answer is given up, once its retransmissions are. */
  #reclaim(sequence: number): void {
    const { lostReclaims = 0, lostReclaimAnswers = 0 } = this.#mishaps;
    const asked = this.#reclaims++;
    // An answer to an earlier question is none to a later one.
    const tell = (answer: BindingAnswer): void => {
      if (asked === this.#reclaims - 1) this.answer('donor', answer);
    };
    const giveUp = (): void =>
      this.later(GIVE_UP_MS, () => tell({ kind: 'unanswered', reason: 'no answer' }));
    if (!this.#reaches('donor') || asked < lostReclaims) {
      giveUp();
      return;
    }
    this.later(this.#clientMs(), () => {
      const answer = this.#bindingUpdate('donor', sequence);
      if (this.#reclaimAnswers++ < lostReclaimAnswers) giveUp();
      else this.later(this.#clientMs(), () => tell(answer));
    });
  }
}
