import { earliest } from '../../mip6/roles/shared/instants.ts';
import { Outbox } from '../../mip6/roles/shared/outbox.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ConnectionEnds } from '../admission/connection-ends.ts';
import type { PeerChange } from '../channel/peer-change.ts';
import { Arrivals } from './arrivals.ts';
import { Departures } from './departures.ts';
import type { EndpointInput, EndpointOutput, EndpointPlan } from './endpoint-types.ts';
import { type HandoffFrame, isFrameToDonor } from './frames.ts';

/** A handoff goes on through a channel that breaks and stands again. */
const inputOfChange = { restored: 'channel-restored', lost: 'channel-lost', gone: 'peer-gone' } as const;

/**
 * The handoffs that a member takes part in at one contact address, as donor and as acceptor: tells each what concerns it, and
 * remembers those that are over for as long as the other side may ask.
 */
export class HandoffEndpoint<State extends ConnectionEnds>
  implements Role<EndpointInput, EndpointOutput<State>>
{
  readonly #outputs = new Outbox<EndpointOutput<State>>();
  readonly #departures: Departures;
  readonly #arrivals: Arrivals<State>;

  constructor(plan: EndpointPlan<State>) {
    const put = (output: EndpointOutput<State>): void => this.#outputs.push(output);
    const isSettled = (client: Ipv6Address): boolean => this.#arrivals.isSettled(client);
    this.#departures = new Departures(plan, isSettled, put);
    const onSettled = (client: Ipv6Address, now: Instant): void =>
      this.#departures.tell(client, { kind: 'settled' }, now);
    this.#arrivals = new Arrivals(plan, onSettled, put);
  }

  /** Prepares and Inits that were refused for what they said, or for their number. */
  get notAdmitted(): number {
    return this.#arrivals.notAdmitted;
  }

  /** Clients whose takeover by this member has begun and is not settled. */
  get accepting(): readonly Ipv6Address[] {
    return this.#arrivals.begun;
  }

  /** A handoff of this client to this member is announced or under way. */
  isArriving(client: Ipv6Address): boolean {
    return !this.#arrivals.isSettled(client);
  }

  /** Clients that are being handed off. */
  get departing(): readonly Ipv6Address[] {
    return this.#departures.clients;
  }

  /** A handoff of this client to this acceptor stands announced, and has not begun. */
  isPrepared(client: Ipv6Address, acceptor: Ipv6Address): boolean {
    return this.#departures.isPrepared(client, acceptor);
  }

  handle(input: EndpointInput, now: Instant): void {
    this.#hear(input, now);
    this.#forget(now);
  }

  #hear(input: EndpointInput, now: Instant): void {
    switch (input.kind) {
      case 'prepare':
        this.#departures.prepare(input, now);
        return;
      case 'withdraw':
        this.#departures.withdraw(input.client);
        return;
      case 'donate':
        this.#departures.donate(input);
        return;
      case 'of-donation':
        this.#departures.tell(input.client, input.input, now);
        return;
      case 'of-arrival':
        this.#arrivals.tell(input.arrival, input.input, now);
        return;
      case 'frame':
        this.#frame(input.from, input.frame, now);
        return;
      case 'unsent':
        // What an acceptor has not got off it says again when the channel stands; a donor has to know.
        if (!isFrameToDonor(input.frame)) this.#departures.unsent(input.to, input.frame, now);
        return;
      case 'peer':
        this.#peer(input.peer, input.change, now);
        return;
      case 'answer':
        this.#arrivals.answered(input.answer, now);
        this.#departures.tell(input.answer.client, input.answer, now);
        return;
      case 'refuse':
        this.#arrivals.refuseAll(input.reason, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): EndpointOutput<State> | undefined {
    return this.#outputs.poll();
  }

  deadline(): Instant | undefined {
    return earliest([...this.#departures.deadlines, ...this.#arrivals.deadlines]);
  }

  handleTimeout(now: Instant): void {
    this.#departures.handleTimeout(now);
    this.#arrivals.handleTimeout(now);
    this.#forget(now);
  }

  /** What the client has answered here goes with its binding: for a handoff back that is announced already it is asked anew. */
  #forget(now: Instant): void {
    for (const client of this.#departures.takeGone()) this.#arrivals.forgotten(client, now);
  }

  #frame(from: Ipv6Address, frame: HandoffFrame, now: Instant): void {
    if (isFrameToDonor(frame)) this.#departures.hear(from, frame, now);
    else this.#arrivals.hear(from, frame, now);
  }

  #peer(peer: Ipv6Address, change: PeerChange, now: Instant): void {
    // Another process counts from one: handoffs that are over say nothing about its own.
    const isNew = change === 'up' || change === 'gone';
    this.#departures.channelChanged(peer, isNew);
    if (isNew) this.#arrivals.renewed(peer);
    if (change === 'up') return;
    const input = { kind: inputOfChange[change] };
    this.#departures.tellOf(peer, input, now);
    this.#arrivals.tellOf(peer, input, now);
  }
}
