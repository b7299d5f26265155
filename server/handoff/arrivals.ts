import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ConnectionEnds } from '../admission/connection-ends.ts';
import { HandoffAdmission } from '../admission/handoff-admission.ts';
import { refusalOf } from '../admission/refusal.ts';
import type { AnswerOfClient } from '../bindings/client-bindings.ts';
import { Acceptor } from './acceptor.ts';
import type { AcceptorInput, AcceptorOutput } from './acceptor-types.ts';
import type { Beginning } from './beginning-frames.ts';
import { isForCandidate, readBeginning } from './connection-bundle.ts';
import type { EndpointOutput, EndpointPlan } from './endpoint-types.ts';
import type { FrameToAcceptor, FrameToDonor } from './frames.ts';
import { type KnownArrival, KnownArrivals } from './known-arrivals.ts';

/** A handoff to this member. */
interface Arrival<State> extends KnownArrival {
  readonly role: Acceptor<State>;
}

const GIVEN_UP = 'given up earlier';

/** The handoffs to a member at one contact address. */
export class Arrivals<State extends ConnectionEnds> {
  readonly #plan: EndpointPlan<State>;
  readonly #onSettled: (client: Ipv6Address, now: Instant) => void;
  readonly #put: (output: EndpointOutput<State>) => void;
  readonly #admission: HandoffAdmission;
  readonly #known = new KnownArrivals<Arrival<State>>();
  #nextNumber = 1;
  /** why no handoff is accepted; undefined: they are */
  #refusing: string | undefined;
  #notAdmitted = 0;

  /** `onSettled`: no handoff of this client to this member is under way any more */
  constructor(
    plan: EndpointPlan<State>,
    onSettled: (client: Ipv6Address, now: Instant) => void,
    put: (output: EndpointOutput<State>) => void,
  ) {
    this.#plan = plan;
    this.#onSettled = onSettled;
    this.#put = put;
    this.#admission = new HandoffAdmission(plan);
  }

  /** Prepares and Inits that were refused for what they said, or for their number. */
  get notAdmitted(): number {
    return this.#notAdmitted;
  }

  /** Clients whose takeover by this member has begun and is not settled. */
  get begun(): readonly Ipv6Address[] {
    return this.#known.all.filter(({ role }) => role.begun).map(({ client }) => client);
  }

  get deadlines(): readonly (Instant | undefined)[] {
    return this.#known.all.map(({ role }) => role.deadline());
  }

  handleTimeout(now: Instant): void {
    for (const arrival of this.#known.all) {
      arrival.role.handleTimeout(now);
      this.#drain(arrival, now);
    }
  }

  isSettled(client: Ipv6Address): boolean {
    return this.#known.ofClient(client).length === 0;
  }

  /** What this member knew of the client's binding is gone. */
  forgotten(client: Ipv6Address, now: Instant): void {
    for (const arrival of this.#known.ofClient(client)) this.#tell(arrival, { kind: 'forgotten' }, now);
  }

  /** Those whose Init has come go on. */
  refuseAll(reason: string, now: Instant): void {
    this.#refusing = reason;
    for (const arrival of this.#known.all)
      if (!arrival.role.begun) this.#tell(arrival, { kind: 'withdrawn', reason }, now);
  }

  tell(number: number, input: AcceptorInput<State>, now: Instant): void {
    this.#tell(this.#known.byNumber(number), input, now);
  }

  tellOf(donor: Ipv6Address, input: AcceptorInput<State>, now: Instant): void {
    for (const arrival of this.#known.of(donor)) this.#tell(arrival, input, now);
  }

  /** Another process of a donor. */
  renewed(donor: Ipv6Address): void {
    this.#known.renewed(donor);
  }

  /** What the client, or who answers in its place, has answered. */
  answered({ client, ...answer }: AnswerOfClient, now: Instant): void {
    const arrivals = this.#known.ofClient(client);
    if (answer.kind === 'bound') for (const { donor } of arrivals) this.#admission.agreed(client, donor, now);
    for (const arrival of arrivals) this.#tell(arrival, answer, now);
  }

  /** A donor's word. */
  hear(from: Ipv6Address, frame: FrameToAcceptor, now: Instant): void {
    if (frame.kind === 'prepare' || frame.kind === 'init') this.#begins(from, frame, now);
    else if (frame.kind === 'ask') this.#asked(from, frame.handoff, now);
    else this.#continues(from, frame.kind, frame.handoff, now);
  }

  /** A donor that has not begun yet looks for another acceptor when this one takes nobody. */
  #asked(donor: Ipv6Address, handoff: number, now: Instant): void {
    const arrival = this.#known.get(donor, handoff);
    if (this.#refusing !== undefined && arrival === undefined)
      this.#refuse(donor, handoff, false, this.#refusing);
    else this.#send(donor, { kind: 'here', handoff });
    this.#tell(arrival, { kind: 'ask' }, now);
  }

  /** What a donor says behind Prepare or Init; a handoff that nobody here knows was given up. */
  #continues(from: Ipv6Address, kind: 'cancel' | 'released' | 'grant', handoff: number, now: Instant): void {
    const arrival = this.#known.get(from, handoff);
    const settledAt = this.#known.settledAt(from, handoff);
    const announced = this.#known.begun(from, handoff);
    if (arrival !== undefined) this.#tell(arrival, { kind }, now);
    // The connection may have come to its end here while the donor could not hear of it.
    else if (kind === 'cancel' && settledAt !== undefined)
      this.#send(from, { kind: 'done', handoff, sequence: settledAt });
    // Possibly after its Binding Update.
    else if (kind === 'cancel') this.#refuse(from, handoff, !announced);
  }

  /** A donor's Prepare or Init. What its connections are is looked at last: their states are as much as 16 MiB when they are inflated. */
  #begins(from: Ipv6Address, frame: Beginning, now: Instant): void {
    const { handoff, client } = frame;
    const known = this.#known.get(from, handoff);
    const wrong = this.#admission.whyWrong(frame, known?.client);
    if (wrong !== undefined) {
      this.#discard(from, frame, wrong, now);
      return;
    }
    const announced = frame.kind === 'init' && this.#known.begun(from, handoff);
    // It was refused before, and the donor goes on as soon as it hears of that: this Init was under way by then.
    const late = announced && known === undefined;
    const refusing = late ? GIVEN_UP : this.#refusing;
    if (known === undefined && refusing !== undefined) {
      this.#put({ kind: 'received', from, frame, admitted: false });
      this.#refuse(from, handoff, false, refusing);
      return;
    }
    const tooMuch =
      known === undefined
        ? this.#admission.begin(
            { client, peer: from, stands: isForCandidate(frame) },
            this.#openOf(from),
            now,
          )
        : undefined;
    if (tooMuch !== undefined) this.#discard(from, frame, tooMuch, now);
    // A second Init of one handoff says nothing, whatever is in it.
    else if (known?.role.begun === true) this.#put({ kind: 'received', from, frame, admitted: false });
    else this.#admitted(from, frame, known, now);
  }

  #openOf(donor: Ipv6Address) {
    const all = this.#known.of(donor);
    const standing = all.filter(({ role }) => role.stands).length;
    return { standing, others: all.length - standing };
  }

  #admitted(from: Ipv6Address, frame: Beginning, known: Arrival<State> | undefined, now: Instant): void {
    const input = this.#read(from, frame, now);
    if (input === undefined) return;
    const arrival = known ?? this.#arrive(from, frame, now);
    this.#put({ kind: 'received', from, frame, admitted: true });
    this.#tell(arrival, input, now);
  }

  /** What the frame says to its acceptor; undefined for one that is discarded, with nothing done for it. */
  #read(from: Ipv6Address, frame: Beginning, now: Instant) {
    try {
      return readBeginning(frame, this.#plan);
    } catch (error) {
      this.#discard(from, frame, refusalOf(error), now);
      return undefined;
    }
  }

  /** A new handoff to this member. */
  #arrive(donor: Ipv6Address, { kind, handoff, client }: Beginning, now: Instant): Arrival<State> {
    const { doneTimeoutMs: timeoutMs, leaseMs } = this.#plan;
    const claims = this.#plan.takesClaims(donor);
    // Whoever announces a client anew has given the earlier announcement up.
    const earlier = this.#known.ofClient(client).find((one) => one.donor === donor && !one.role.begun);
    this.#tell(earlier, { kind: 'withdrawn', reason: 'announced anew' }, now);
    const role = new Acceptor<State>({ handoff, timeoutMs, leaseMs, claims }, now);
    const arrival = { number: this.#nextNumber++, handoff, client, donor, role };
    this.#known.add(arrival);
    if (kind === 'prepare') this.#known.announce(arrival);
    return arrival;
  }

  /** What stands under the number of a frame that is discarded ends with it. */
  #discard(from: Ipv6Address, frame: Beginning, reason: string, now: Instant): void {
    this.#notAdmitted++;
    this.#put({ kind: 'discarded', from, frame, reason });
    const arrival = this.#known.get(from, frame.handoff);
    if (arrival === undefined) this.#refuse(from, frame.handoff, false, reason);
    else if (!arrival.role.begun) this.#tell(arrival, { kind: 'withdrawn', reason }, now);
  }

  #tell(arrival: Arrival<State> | undefined, input: AcceptorInput<State>, now: Instant): void {
    if (arrival === undefined) return;
    arrival.role.handle(input, now);
    this.#drain(arrival, now);
  }

  #drain(arrival: Arrival<State>, now: Instant): void {
    const { role } = arrival;
    for (let output = role.poll(); output !== undefined; output = role.poll())
      this.#says(arrival, output, now);
  }

  #says(arrival: Arrival<State>, output: AcceptorOutput<State>, now: Instant): void {
    const { client, donor } = arrival;
    if (output.kind === 'send') {
      this.#put({ kind: 'send', to: donor, frame: output.frame, client });
      return;
    }
    const sequence = this.#plan.lastSequence(client);
    if (output.kind === 'abandon') {
      // A binding that is not this handoff's belongs to a later one, which has brought the client here another way.
      const forgets = output.bound || sequence === undefined;
      this.#putOf(arrival, { kind: output.kind, reason: output.reason, forgets });
    } else this.#putOf(arrival, output);
    if (output.kind === 'settled') this.#over(arrival, sequence ?? 0, now);
    else if (output.kind === 'stop' || output.kind === 'abandon') this.#over(arrival, undefined, now);
  }

  #putOf(
    { number, client, donor }: Arrival<State>,
    output: Extract<EndpointOutput<State>, { kind: 'of-arrival' }>['output'],
  ): void {
    this.#put({ kind: 'of-arrival', arrival: number, client, donor, output });
  }

  /** It is over; `settledAt`: with the client here for good. A handoff of the client from here may have waited for that. */
  #over(arrival: Arrival<State>, settledAt: number | undefined, now: Instant): void {
    this.#known.over(arrival, settledAt);
    if (this.isSettled(arrival.client)) this.#onSettled(arrival.client, now);
  }

  #refuse(peer: Ipv6Address, handoff: number, bound: boolean, reason = GIVEN_UP): void {
    this.#send(peer, { kind: 'refuse', handoff, bound, reason });
  }

  #send(to: Ipv6Address, frame: FrameToDonor): void {
    this.#put({ kind: 'send', to, frame });
  }
}
