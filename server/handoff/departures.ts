import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { MOST_REMEMBERED, RecentlyEnded } from '../recently-ended.ts';
import { awaitsPrepared, wholeAxes } from '../variants/axes.ts';
import { chooseAxes, type HandoffFacts } from '../variants/choose-axes.ts';
import { encodeAxes, type HandoffAxes } from '../variants/variants.ts';
import { Donor } from './donor.ts';
import type { DonorInput, DonorOutput, Trips } from './donor-types.ts';
import type { Announced, Donation, EndpointOutput, EndpointPlan } from './endpoint-types.ts';
import type { FrameToAcceptor, FrameToDonor, HandoffFrame } from './frames.ts';
import { Preparations } from './preparations.ts';

/** A handoff from this member. */
interface Departure {
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly acceptor: Ipv6Address;
  readonly variant: HandoffAxes;
  readonly role: Donor;
}

/** A candidate that gives an announcement up sooner than that, ms, does so for good: longer than a client is asked in vain. */
const SOON_MS = 300_000;

type Plan = Omit<EndpointPlan<never>, 'decode'>;

/** The handoffs from a member at one contact address, one per client, and those that are announced. */
export class Departures {
  readonly #plan: Plan;
  readonly #isSettled: (client: Ipv6Address) => boolean;
  readonly #put: (output: EndpointOutput<never>) => void;
  readonly #byClient = new Map<Ipv6Address, Departure>();
  readonly #byHandoff = new Map<number, Departure>();
  readonly #preparations = new Preparations();
  /** handoff → the acceptor that has the client for good */
  readonly #handedOff = new RecentlyEnded<number, Ipv6Address>(MOST_REMEMBERED);
  #gone: Ipv6Address[] = [];
  #nextHandoff = 1;

  /** `isSettled`: no handoff of this client to this member is under way */
  constructor(
    plan: Plan,
    isSettled: (client: Ipv6Address) => boolean,
    put: (output: EndpointOutput<never>) => void,
  ) {
    this.#plan = plan;
    this.#isSettled = isSettled;
    this.#put = put;
  }

  /** Clients whose bindings this member has let go of since this was asked last. */
  takeGone(): readonly Ipv6Address[] {
    return this.#gone.splice(0);
  }

  get clients(): readonly Ipv6Address[] {
    return [...this.#byClient.keys()];
  }

  get deadlines(): readonly (Instant | undefined)[] {
    return [...this.#byClient.values()].map(({ role }) => role.deadline());
  }

  handleTimeout(now: Instant): void {
    for (const departure of [...this.#byClient.values()]) {
      departure.role.handleTimeout(now);
      this.#drain(departure);
    }
  }

  /** A handoff of this client to this acceptor stands announced, and has not begun. */
  isPrepared(client: Ipv6Address, acceptor: Ipv6Address): boolean {
    return this.#preparations.to(client, acceptor) !== undefined;
  }

  /** Unless it is announced to the same acceptor, which does as much as this asks. One that is to keep its tokens fresh may be one of several. */
  prepare({ client, acceptor, variant: wanted, clientIsPlain = false }: Announced, now: Instant): void {
    const { axes: variant } = chooseAxes(wanted, this.#facts(acceptor, clientIsPlain));
    const stands = variant.returnRoutability === 'kept-fresh';
    const known = this.#preparations.to(client, acceptor);
    if (known !== undefined && serves(known, variant) && (known.stands || !stands)) return;
    this.#withdraw(client, (one) => !(stands && one.stands));
    this.#prepare({ client, acceptor, variant }, now);
  }

  #prepare(announced: Omit<Departure, 'role' | 'handoff'>, now: Instant): void {
    const { client, acceptor, variant } = announced;
    const handoff = this.#nextHandoff++;
    const stands = variant.returnRoutability === 'kept-fresh';
    const tells = awaitsPrepared(variant);
    this.#preparations.add(client, { acceptor, handoff, variant, stands, tells, since: now });
    this.#announce({ handoff, ...announced });
  }

  withdraw(client: Ipv6Address): void {
    this.#withdraw(client, () => true);
  }

  donate({ client, acceptor, connections, variant: wanted, waitMs, clientIsPlain = false }: Donation): void {
    if (this.#byClient.has(client)) throw new ProtocolError(`client ${client} is being handed off already`);
    const { contactAddress, doneTimeoutMs, leaseMs } = this.#plan;
    const { axes: variant, rules } = chooseAxes(wanted, this.#facts(acceptor, clientIsPlain));
    if (rules.length > 0) this.#put({ kind: 'fell-back', client, acceptor, rules });
    // One that would never say that it has been tested is announced anew, and tested while this member serves.
    this.#withdraw(client, (one) => one.acceptor !== acceptor || !serves(one, variant));
    const announced = this.isPrepared(client, acceptor);
    const [preparation] = this.#preparations.take(client);
    const handoff = preparation?.handoff ?? this.#nextHandoff++;
    const { proof } = preparation ?? {};
    const attention = this.#plan.attentionTo(acceptor);
    const role = new Donor({
      ...{ handoff, client, contactAddress, connections, variant, announced, waitMs, doneTimeoutMs, leaseMs },
      ...(attention === undefined ? {} : { attention }),
      claims: this.#plan.takesClaims(acceptor),
      ...(proof === undefined ? {} : { prepared: proof }),
      holdsHomeToken: () => this.#plan.holdsHomeToken?.(client) ?? true,
      homeProof: () => this.#plan.homeProof?.(client),
      tripsMs: () => this.#tripsMs(client, acceptor),
      settled: () => this.#isSettled(client),
      mayBeTakenOver: () => this.#plan.mayBeTakenOver?.(client) ?? false,
      unsent: () => this.#plan.unsent?.(client),
      ...(wanted.adaptive === true ? { repairsLoss: () => this.#plan.repairsLoss?.(client) ?? false } : {}),
    });
    const departure = { handoff, client, acceptor, variant, role };
    this.#byClient.set(client, departure);
    this.#byHandoff.set(handoff, departure);
    this.#drain(departure);
  }

  #tripsMs(client: Ipv6Address, acceptor: Ipv6Address): Trips {
    const trip = this.#plan.clientTripMs?.(client);
    const tested = this.#plan.leastTestMs?.(client);
    const takes = trip === undefined || tested === undefined ? undefined : tested - 2 * trip;
    return { client: trip, acceptor: this.#plan.memberTripMs?.(acceptor), takes };
  }

  tell(client: Ipv6Address, input: DonorInput, now: Instant): void {
    this.#tell(this.#byClient.get(client), input, now);
  }

  /** An acceptor's word. */
  hear(from: Ipv6Address, frame: FrameToDonor, now: Instant): void {
    const { kind, handoff } = frame;
    if (kind === 'done' || kind === 'refuse') this.#givenUp(from, handoff, now);
    if (kind === 'prepared') {
      const { kind: _, handoff: __, ...proof } = frame;
      this.#preparations.prepared(from, handoff, { ...proof, at: now });
    }
    const departure = this.#byHandoff.get(handoff);
    const isOurs = this.#handedOff.get(handoff) === from;
    if (departure?.acceptor === from) this.#tell(departure, frame, now);
    // Of a handoff that is over here the client is the acceptor's, or this member's again.
    else if (kind === 'claim') this.#send(from, { kind: isOurs ? 'grant' : 'cancel', handoff });
    // It is said again because our Released was lost.
    else if (kind === 'done' && isOurs) this.#send(from, { kind: 'released', handoff });
  }

  /** This frame has not left. */
  unsent(to: Ipv6Address, { kind: frame, handoff }: FrameToAcceptor, now: Instant): void {
    this.#preparations.giveUp(to, handoff);
    const departure = this.#byHandoff.get(handoff);
    if (departure?.acceptor === to) this.#tell(departure, { kind: 'unsent', frame }, now);
  }

  /** An acceptor that loses the channel gives up what it was only told of; another process of it (`isNew`) knows of no handoff. */
  channelChanged(peer: Ipv6Address, isNew: boolean): void {
    this.#preparations.forget(peer);
    if (isNew) this.#handedOff.forget((_, acceptor) => acceptor === peer);
  }

  tellOf(acceptor: Ipv6Address, input: DonorInput, now: Instant): void {
    for (const departure of [...this.#byClient.values()])
      if (departure.acceptor === acceptor) this.#tell(departure, input, now);
  }

  /** A candidate that has stood for long asks whether it is to go on. One that takes nobody says so at once, and is not asked again. */
  #givenUp(acceptor: Ipv6Address, handoff: number, now: Instant): void {
    const one = this.#preparations.giveUp(acceptor, handoff);
    if (one?.stands === true && now - one.since >= SOON_MS)
      this.#prepare({ client: one.client, acceptor, variant: one.variant }, now);
  }

  #facts(acceptor: Ipv6Address, clientIsPlain: boolean): HandoffFacts {
    const { takesManyVariants = (peer) => this.#plan.takesVariants(peer) } = this.#plan;
    const resumable = this.#plan.isResumable?.() ?? false;
    return { acceptorKnowsAll: takesManyVariants(acceptor), clientIsPlain, resumable };
  }

  #withdraw(client: Ipv6Address, isSo: Parameters<Preparations['take']>[1]): void {
    for (const { acceptor, handoff } of this.#preparations.take(client, isSo))
      this.#send(acceptor, { kind: 'cancel', handoff });
  }

  /** Wherever a Prepare comes from, it leaves here. */
  #announce({ handoff, client, acceptor, variant }: Omit<Departure, 'role'>): void {
    const { contactAddress } = this.#plan;
    if (wholeAxes(variant).binder !== 'acceptor') this.#put({ kind: 'test-home', client });
    const told = { handoff, client, contactAddress, variant: encodeAxes(variant) };
    this.#send(acceptor, { kind: 'prepare', ...told }, client);
  }

  #tell(departure: Departure | undefined, input: DonorInput, now: Instant): void {
    if (departure === undefined) return;
    departure.role.handle(input, now);
    this.#drain(departure);
  }

  #drain(departure: Departure): void {
    const { role } = departure;
    for (let output = role.poll(); output !== undefined; output = role.poll()) this.#says(departure, output);
  }

  #says(departure: Departure, output: DonorOutput): void {
    const { client, acceptor, handoff } = departure;
    if (output.kind === 'send') this.#send(acceptor, output.frame, client);
    else if (output.kind === 'announce') this.#announce(departure);
    else if (output.kind === 'fall-back')
      this.#put({ kind: 'fell-back', client, acceptor, rules: [output.rule] });
    else {
      if (output.kind === 'handed-off') this.#handedOff.set(handoff, acceptor);
      if (output.kind === 'handed-off' || (output.kind === 'lose' && output.unbound)) this.#gone.push(client);
      if (departure.role.state === 'finished') {
        this.#byClient.delete(client);
        this.#byHandoff.delete(handoff);
      }
      this.#put({ kind: 'of-donation', client, output });
    }
  }

  /** `client`: of a handoff that is under way. A peer of a release that does not read variants gets frames without. */
  #send(to: Ipv6Address, frame: HandoffFrame, client?: Ipv6Address): void {
    const told = this.#plan.takesVariants(to) ? frame : withoutVariant(frame);
    this.#put({ kind: 'send', to, frame: told, ...(client === undefined ? {} : { client }) });
  }
}

/** What was announced does for a handoff of this variant. */
function serves({ tells }: { readonly tells: boolean }, variant: HandoffAxes): boolean {
  return tells || !awaitsPrepared(variant);
}

function withoutVariant(frame: HandoffFrame): HandoffFrame {
  if (frame.kind !== 'prepare' && frame.kind !== 'init') return frame;
  const { variant: _, ...untold } = frame;
  return untold;
}
