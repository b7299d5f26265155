import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { type ConnectionEnds, whyNotExpected } from '../admission/connection-ends.ts';
import { HandoffAdmission } from '../admission/handoff-admission.ts';
import type { PeerChange } from '../channel/peer-change.ts';
import { Acceptor } from './acceptor.ts';
import type { AcceptorInput, AcceptorOutput } from './acceptor-types.ts';
import { wholeAxes } from './axes.ts';
import { chooseAxes, type HandoffFacts, type WantedAxes } from './choose-axes.ts';
import { decodeConnections } from './connection-bundle.ts';
import { Donor } from './donor.ts';
import type { DonorInput, DonorOutput } from './donor-types.ts';
import type { Donation, EndpointInput, EndpointOutput, EndpointPlan } from './endpoint-types.ts';
import type { Beginning, FrameToDonor, HandoffFrame } from './frames.ts';
import { type KnownHandoff, MOST_REMEMBERED, PeerHandoffs } from './peer-handoffs.ts';
import { Preparations } from './preparations.ts';
import { RecentlyEnded } from './recently-ended.ts';
import { decodeAxes, encodeAxes, type HandoffAxes, untoldAxes } from './variants.ts';

/** A handoff to this member. */
interface Arrival<State> extends KnownHandoff {
  readonly number: number;
  readonly role: Acceptor<State>;
}

/** A handoff from this member. */
interface Departure {
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly acceptor: Ipv6Address;
  readonly variant: HandoffAxes;
  readonly role: Donor;
}

const GIVEN_UP = 'given up earlier';

/**
 * The handoffs that a member takes part in at one contact address, as donor and as acceptor: tells each what concerns it, and
 * remembers those that are over for as long as the other side may ask.
 */
export class HandoffEndpoint<State extends ConnectionEnds>
  implements Role<EndpointInput, EndpointOutput<State>>
{
  readonly #plan: EndpointPlan<State>;
  readonly #admission: HandoffAdmission;
  readonly #outputs: EndpointOutput<State>[] = [];
  readonly #departures = new Map<Ipv6Address, Departure>();
  readonly #byHandoff = new Map<number, Departure>();
  readonly #arrivals = new PeerHandoffs<Arrival<State>>();
  readonly #byNumber = new Map<number, Arrival<State>>();
  readonly #preparations = new Preparations();
  /** handoff → the acceptor that has the client for good */
  readonly #handedOff = new RecentlyEnded<number, Ipv6Address>(MOST_REMEMBERED);
  #nextHandoff = 1;
  #nextArrival = 1;
  /** why no handoff is accepted; undefined: they are */
  #refusing: string | undefined;
  #notAdmitted = 0;

  constructor(plan: EndpointPlan<State>) {
    this.#plan = plan;
    this.#admission = new HandoffAdmission(plan);
  }

  /** Prepares and Inits that were refused for what they said, or for their number. */
  get notAdmitted(): number {
    return this.#notAdmitted;
  }

  /** Clients whose takeover by this member has begun and is not settled. */
  get accepting(): readonly Ipv6Address[] {
    return this.#arrivals.all.filter(({ role }) => role.begun).map(({ client }) => client);
  }

  /** Clients that are being handed off. */
  get departing(): readonly Ipv6Address[] {
    return [...this.#departures.keys()];
  }

  /** A handoff of this client to this acceptor stands announced, and has not begun. */
  isPrepared(client: Ipv6Address, acceptor: Ipv6Address): boolean {
    return this.#preparations.of(client)?.acceptor === acceptor;
  }

  handle(input: EndpointInput, now: Instant): void {
    switch (input.kind) {
      case 'prepare':
        this.#prepare(input.client, input.acceptor, input.variant, input.clientIsPlain);
        return;
      case 'withdraw':
        this.#withdraw(input.client);
        return;
      case 'donate':
        this.#donate(input);
        return;
      case 'of-donation':
        this.#tellDonor(this.#departures.get(input.client), input.input, now);
        return;
      case 'of-arrival':
        this.#tellAcceptor(this.#byNumber.get(input.arrival), input.input, now);
        return;
      case 'frame':
        this.#frame(input.from, input.frame, now);
        return;
      case 'unsent':
        this.#unsent(input.to, input.frame, now);
        return;
      case 'peer':
        this.#peer(input.peer, input.change, now);
        return;
      case 'answer':
        if (input.answer.kind === 'bound')
          for (const { client, donor } of this.#arrivals.ofClient(input.answer.client))
            this.#admission.agreed(client, donor, now);
        for (const arrival of this.#arrivals.ofClient(input.answer.client))
          this.#tellAcceptor(arrival, input.answer, now);
        this.#tellDonor(this.#departures.get(input.answer.client), input.answer, now);
        return;
      case 'refuse':
        this.#refusing = input.reason;
        for (const arrival of this.#arrivals.all)
          if (!arrival.role.begun)
            this.#tellAcceptor(arrival, { kind: 'withdrawn', reason: input.reason }, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): EndpointOutput<State> | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    let first: Instant | undefined;
    for (const { role } of [...this.#departures.values(), ...this.#byNumber.values()]) {
      const due = role.deadline();
      if (due !== undefined && (first === undefined || due < first)) first = due;
    }
    return first;
  }

  handleTimeout(now: Instant): void {
    for (const departure of [...this.#departures.values()]) {
      departure.role.handleTimeout(now);
      this.#drainDonor(departure);
    }
    for (const arrival of [...this.#byNumber.values()]) {
      arrival.role.handleTimeout(now);
      this.#drainAcceptor(arrival, now);
    }
  }

  /** Unless it is announced to the same acceptor. */
  #prepare(client: Ipv6Address, acceptor: Ipv6Address, wanted: WantedAxes, clientIsPlain = false): void {
    if (this.isPrepared(client, acceptor)) return;
    const { axes: variant } = chooseAxes(wanted, this.#facts(acceptor, clientIsPlain));
    this.#withdraw(client);
    const handoff = this.#nextHandoff++;
    this.#preparations.add(client, { acceptor, handoff });
    this.#announce({ handoff, client, acceptor, variant });
  }

  #withdraw(client: Ipv6Address): void {
    const prepared = this.#preparations.take(client);
    if (prepared !== undefined) this.#send(prepared.acceptor, { kind: 'cancel', handoff: prepared.handoff });
  }

  /** Wherever a Prepare comes from, it leaves here. */
  #announce({ handoff, client, acceptor, variant }: Omit<Departure, 'role'>): void {
    const { contactAddress } = this.#plan;
    if (wholeAxes(variant).binder !== 'acceptor') this.#outputs.push({ kind: 'test-home', client });
    this.#send(
      acceptor,
      { kind: 'prepare', handoff, client, contactAddress, variant: encodeAxes(variant) },
      client,
    );
  }

  #donate({ client, acceptor, connections, variant: wanted, waitMs, clientIsPlain = false }: Donation): void {
    if (this.#departures.has(client)) throw new ProtocolError(`client ${client} is being handed off already`);
    const { contactAddress, doneTimeoutMs, leaseMs } = this.#plan;
    const { axes: variant, rules } = chooseAxes(wanted, this.#facts(acceptor, clientIsPlain));
    if (rules.length > 0) this.#outputs.push({ kind: 'fell-back', client, acceptor, rules });
    const announced = this.isPrepared(client, acceptor);
    if (!announced) this.#withdraw(client);
    const preparation = this.#preparations.take(client);
    const handoff = preparation?.handoff ?? this.#nextHandoff++;
    const { proof } = preparation ?? {};
    const attention = this.#plan.attentionTo(acceptor);
    const role = new Donor({
      ...{ handoff, client, contactAddress, connections, variant, announced, waitMs, doneTimeoutMs, leaseMs },
      ...(attention === undefined ? {} : { attention }),
      claims: this.#plan.takesClaims(acceptor),
      ...(proof === undefined ? {} : { prepared: proof }),
      holdsHomeToken: () => this.#plan.holdsHomeToken?.(client) ?? true,
      settled: () => this.#arrivals.ofClient(client).length === 0,
    });
    const departure = { handoff, client, acceptor, variant, role };
    this.#departures.set(client, departure);
    this.#byHandoff.set(handoff, departure);
    this.#drainDonor(departure);
  }

  #facts(acceptor: Ipv6Address, clientIsPlain: boolean): HandoffFacts {
    const { takesManyVariants = (peer) => this.#plan.takesVariants(peer) } = this.#plan;
    const resumable = this.#plan.isResumable?.() ?? false;
    return { acceptorKnowsAll: takesManyVariants(acceptor), clientIsPlain, resumable };
  }

  #frame(from: Ipv6Address, frame: HandoffFrame, now: Instant): void {
    switch (frame.kind) {
      case 'prepare':
      case 'init':
        this.#begins(from, frame, now);
        return;
      case 'ask':
        this.#asked(from, frame.handoff, now);
        return;
      case 'cancel':
      case 'released':
      case 'grant':
        this.#continues(from, frame, now);
        return;
      case 'prepared':
      case 'here':
      case 'claim':
      case 'done':
      case 'refuse':
        this.#answered(from, frame, now);
        return;
      default:
        frame satisfies never;
    }
  }

  /** An acceptor's word. */
  #answered(from: Ipv6Address, frame: FrameToDonor, now: Instant): void {
    const { kind, handoff } = frame;
    if (kind === 'done' || kind === 'refuse') this.#preparations.forget(from, handoff);
    if (kind === 'prepared') {
      const { careOfKeygenToken, careOfNonceIndex, ageMs } = frame;
      this.#preparations.prepared(from, handoff, { careOfKeygenToken, careOfNonceIndex, ageMs, at: now });
    }
    const departure = this.#byHandoff.get(handoff);
    const isOurs = this.#handedOff.get(handoff) === from;
    if (departure?.acceptor === from) this.#tellDonor(departure, frame, now);
    // Of a handoff that is over here the client is the acceptor's, or this member's again.
    else if (kind === 'claim') this.#send(from, { kind: isOurs ? 'grant' : 'cancel', handoff });
    // It is said again because our Released was lost.
    else if (kind === 'done' && isOurs) this.#send(from, { kind: 'released', handoff });
  }

  /** A donor that has not begun yet looks for another acceptor when this one takes nobody. */
  #asked(donor: Ipv6Address, handoff: number, now: Instant): void {
    const arrival = this.#arrivals.get(donor, handoff);
    if (this.#refusing !== undefined && arrival === undefined)
      this.#refuse(donor, handoff, false, this.#refusing);
    else this.#send(donor, { kind: 'here', handoff });
    this.#tellAcceptor(arrival, { kind: 'ask' }, now);
  }

  /** What a donor says behind Prepare or Init; a handoff that nobody here knows was given up. */
  #continues(
    from: Ipv6Address,
    { kind, handoff }: Extract<HandoffFrame, { kind: 'cancel' | 'released' | 'grant' }>,
    now: Instant,
  ): void {
    const arrival = this.#arrivals.get(from, handoff);
    const settledAt = this.#arrivals.settledAt(from, handoff);
    const announced = this.#arrivals.begun(from, handoff);
    if (arrival !== undefined) this.#tellAcceptor(arrival, { kind }, now);
    // The connection may have come to its end here while the donor could not hear of it.
    else if (kind === 'cancel' && settledAt !== undefined)
      this.#send(from, { kind: 'done', handoff, sequence: settledAt });
    // Possibly after its Binding Update.
    else if (kind === 'cancel') this.#refuse(from, handoff, !announced);
  }

  /** A donor's Prepare or Init. */
  #begins(from: Ipv6Address, frame: Beginning, now: Instant): void {
    const { handoff } = frame;
    const known = this.#arrivals.get(from, handoff);
    const input = this.#read(from, frame, known, now);
    if (input === undefined) return;
    const announced = frame.kind === 'init' && this.#arrivals.begun(from, handoff);
    // It was refused before, and the donor goes on as soon as it hears of that: this Init was under way by then.
    const late = announced && known === undefined;
    const refusing = late ? GIVEN_UP : this.#refusing;
    if (known === undefined && refusing !== undefined) {
      this.#outputs.push({ kind: 'received', from, frame, admitted: false });
      this.#refuse(from, handoff, false, refusing);
      return;
    }
    const arrival = known ?? this.#admit(from, frame, now);
    if (arrival === undefined) return;
    this.#outputs.push({ kind: 'received', from, frame, admitted: true });
    this.#tellAcceptor(arrival, input, now);
  }

  /** What the frame says to its acceptor; undefined for one that is discarded, with nothing done for it. */
  #read(
    from: Ipv6Address,
    frame: Beginning,
    known: Arrival<State> | undefined,
    now: Instant,
  ): Extract<AcceptorInput<State>, { kind: 'prepare' | 'init' }> | undefined {
    try {
      this.#admission.check(frame, known?.client);
      const variant = frame.variant === undefined ? untoldAxes : decodeAxes(frame.variant);
      if (frame.kind === 'prepare') return { kind: 'prepare', variant };
      const connections = decodeConnections(frame).map((connection) => ({
        state: this.#plan.decode(connection, frame.client),
        octets: connection.tcpState.length,
        applicationState: connection.applicationState,
      }));
      const ends = connections.map(({ state }) => state);
      const reason = whyNotExpected(ends, { ...this.#plan, client: frame.client });
      if (reason !== undefined) throw new ProtocolError(reason);
      return { kind: 'init', variant, sequence: frame.sequence, connections };
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof DecodeError)) throw error;
      this.#discard(from, frame, error.message, now);
      return undefined;
    }
  }

  /** A new handoff to this member; undefined when there may be no more of them. */
  #admit(donor: Ipv6Address, frame: Beginning, now: Instant): Arrival<State> | undefined {
    const { kind, handoff, client } = frame;
    const { doneTimeoutMs: timeoutMs, leaseMs } = this.#plan;
    const claims = this.#plan.takesClaims(donor);
    // Whoever announces a client anew has given the earlier announcement up.
    const earlier = this.#arrivals.announcedOf(donor, client);
    const reason = this.#admission.begin(client, donor, this.#arrivals.open(donor), now);
    if (reason !== undefined) {
      this.#discard(donor, frame, reason, now);
      return undefined;
    }
    this.#tellAcceptor(earlier, { kind: 'withdrawn', reason: 'announced anew' }, now);
    const role = new Acceptor<State>({ handoff, timeoutMs, leaseMs, claims }, now);
    const arrival = { number: this.#nextArrival++, handoff, client, donor, role };
    this.#arrivals.add(arrival);
    this.#byNumber.set(arrival.number, arrival);
    if (kind === 'prepare') this.#arrivals.announce(arrival);
    return arrival;
  }

  /** What stands under the number of a frame that is discarded ends with it. */
  #discard(from: Ipv6Address, frame: Beginning, reason: string, now: Instant): void {
    this.#notAdmitted++;
    this.#outputs.push({ kind: 'discarded', from, frame, reason });
    const arrival = this.#arrivals.get(from, frame.handoff);
    if (arrival === undefined) this.#refuse(from, frame.handoff, false, reason);
    else if (!arrival.role.begun) this.#tellAcceptor(arrival, { kind: 'withdrawn', reason }, now);
  }

  /** What an acceptor has not got off it says again when the channel stands; a donor has to know. */
  #unsent(to: Ipv6Address, frame: HandoffFrame, now: Instant): void {
    switch (frame.kind) {
      case 'prepare':
      case 'init':
      case 'ask':
      case 'cancel':
      case 'released':
      case 'grant': {
        this.#preparations.forget(to, frame.handoff);
        const departure = this.#byHandoff.get(frame.handoff);
        if (departure?.acceptor === to)
          this.#tellDonor(departure, { kind: 'unsent', frame: frame.kind }, now);
        return;
      }
      case 'prepared':
      case 'here':
      case 'done':
      case 'refuse':
      case 'claim':
        return;
      default:
        frame satisfies never;
    }
  }

  #peer(peer: Ipv6Address, change: PeerChange, now: Instant): void {
    // An acceptor that loses the channel gives up what it was only told of; a new process counts from one.
    this.#preparations.forget(peer);
    if (change === 'up' || change === 'gone') {
      this.#arrivals.renewed(peer);
      this.#handedOff.forget((_, acceptor) => acceptor === peer);
    }
    if (change === 'up') return;
    const kind = ({ restored: 'channel-restored', lost: 'channel-lost', gone: 'peer-gone' } as const)[change];
    for (const departure of [...this.#departures.values()])
      if (departure.acceptor === peer) this.#tellDonor(departure, { kind }, now);
    for (const arrival of this.#arrivals.of(peer)) this.#tellAcceptor(arrival, { kind }, now);
  }

  #tellDonor(departure: Departure | undefined, input: DonorInput, now: Instant): void {
    if (departure === undefined) return;
    departure.role.handle(input, now);
    this.#drainDonor(departure);
  }

  #tellAcceptor(arrival: Arrival<State> | undefined, input: AcceptorInput<State>, now: Instant): void {
    if (arrival === undefined) return;
    arrival.role.handle(input, now);
    this.#drainAcceptor(arrival, now);
  }

  #drainDonor(departure: Departure): void {
    const { role } = departure;
    for (let output = role.poll(); output !== undefined; output = role.poll())
      this.#donorSays(departure, output);
  }

  #donorSays(departure: Departure, output: DonorOutput): void {
    const { client, acceptor, handoff } = departure;
    switch (output.kind) {
      case 'send':
        this.#send(acceptor, output.frame, client);
        return;
      case 'announce':
        this.#announce(departure);
        return;
      case 'fall-back':
        this.#outputs.push({ kind: 'fell-back', client, acceptor, rules: [output.rule] });
        return;
      case 'handed-off':
        this.#handedOff.set(handoff, acceptor);
        this.#departed(departure);
        break;
      case 'resume':
      case 'lose':
        this.#departed(departure);
        break;
      case 'hold-new-connections':
      case 'watch-drain':
      case 'freeze-and-extract':
      case 'bind-for-acceptor':
      case 'stop-optimising':
      case 'leave-out':
      case 'contest':
      case 'reclaim':
        break;
      default:
        output satisfies never;
    }
    this.#outputs.push({ kind: 'of-donation', client, output });
  }

  #departed({ client, handoff }: Departure): void {
    this.#departures.delete(client);
    this.#byHandoff.delete(handoff);
  }

  #drainAcceptor(arrival: Arrival<State>, now: Instant): void {
    const { role } = arrival;
    for (let output = role.poll(); output !== undefined; output = role.poll())
      this.#acceptorSays(arrival, output, now);
  }

  #acceptorSays(arrival: Arrival<State>, output: AcceptorOutput<State>, now: Instant): void {
    switch (output.kind) {
      case 'send':
        this.#send(arrival.donor, output.frame, arrival.client);
        return;
      case 'settled':
        this.#putOf(arrival, output);
        this.#arrived(arrival, this.#plan.lastSequence(arrival.client) ?? 0, now);
        return;
      case 'stop':
        this.#putOf(arrival, output);
        this.#arrived(arrival, undefined, now);
        return;
      case 'abandon': {
        const { kind, reason, bound } = output;
        // A binding that is not this handoff's belongs to a later one, which has brought the client here another way.
        const forgets = bound || this.#plan.lastSequence(arrival.client) === undefined;
        this.#putOf(arrival, { kind, reason, forgets });
        this.#arrived(arrival, undefined, now);
        return;
      }
      case 'start-return-routability':
      case 'bind':
      case 'bind-again':
      case 'adopt':
      case 'renew':
      case 'restore-sockets':
      case 'activate':
        this.#putOf(arrival, output);
        return;
      default:
        output satisfies never;
    }
  }

  #putOf(
    { number, client, donor }: Arrival<State>,
    output: Extract<EndpointOutput<State>, { kind: 'of-arrival' }>['output'],
  ): void {
    this.#outputs.push({ kind: 'of-arrival', arrival: number, client, donor, output });
  }

  /** It is over; `settledAt`: with the client here for good. A handoff of the client from here may have waited for that. */
  #arrived(arrival: Arrival<State>, settledAt: number | undefined, now: Instant): void {
    const { client } = arrival;
    this.#arrivals.over(arrival, settledAt);
    this.#byNumber.delete(arrival.number);
    if (this.#arrivals.ofClient(client).length === 0)
      this.#tellDonor(this.#departures.get(client), { kind: 'settled' }, now);
  }

  #refuse(peer: Ipv6Address, handoff: number, bound: boolean, reason = GIVEN_UP): void {
    this.#send(peer, { kind: 'refuse', handoff, bound, reason });
  }

  /** `client`: of a handoff that is under way. A peer of a release that does not read variants gets frames without. */
  #send(to: Ipv6Address, frame: HandoffFrame, client?: Ipv6Address): void {
    const told = this.#plan.takesVariants(to) ? frame : withoutVariant(frame);
    this.#outputs.push({ kind: 'send', to, frame: told, ...(client === undefined ? {} : { client }) });
  }
}

function withoutVariant(frame: HandoffFrame): HandoffFrame {
  if (frame.kind !== 'prepare' && frame.kind !== 'init') return frame;
  const { variant: _, ...untold } = frame;
  return untold;
}
