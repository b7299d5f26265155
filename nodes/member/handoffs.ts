import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { BindingStatus } from '../../mip6/wire/constants.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { HandoffAdmission } from '../../server/admission/handoff-admission.ts';
import type { HandoffFrame, InitFrame } from '../../server/channel/channel-frames.ts';
import { monotonicMs } from '../support/role-driver.ts';
import { RoleLog } from '../support/role-log.ts';
import { AcceptorHandoff, type AcceptorHandoffInput } from './acceptor-handoff.ts';
import { broughtStates } from './brought-states.ts';
import type { PeerChange } from './channel.ts';
import type { HandoffOutcome } from './donor-connection.ts';
import { DonorHandoff, type DonorHandoffInput, type DonorRequest } from './donor-handoff.ts';
import type { HandoffContext } from './handoff-context.ts';
import { PeerHandoffs } from './peer-handoffs.ts';
import { Preparations } from './preparations.ts';
import { RecentlyEnded } from './recently-ended.ts';

type Beginning = Extract<HandoffFrame, { readonly kind: 'prepare' | 'init' }>;

/** What an Init brings, a Prepare nothing. */
interface Brought {
  readonly states: readonly TcpConnectionState[];
  /** numbers of socket options of another release, which the connections go on without */
  readonly unknownOptions: ReadonlySet<number>;
}

/** handoffs that have ended well, of which the other side may not have heard */
const MOST_REMEMBERED = 1024;
const LEAVES = 'this member leaves';
const GIVEN_UP = 'given up earlier';

/** The handoffs that a member takes part in: tells each what concerns it. */
export class Handoffs {
  readonly #context: HandoffContext;
  readonly #admission: HandoffAdmission;
  /** what peers can cause as often as they like */
  readonly #ofPeers: RoleLog;
  readonly #donors = new Map<number, DonorHandoff>();
  readonly #donorsOf = new Map<Ipv6Address, Set<DonorHandoff>>();
  readonly #acceptors = new PeerHandoffs();
  readonly #preparations: Preparations;
  /** handoff → the acceptor that has the client for good */
  readonly #handedOff = new RecentlyEnded<number, Ipv6Address>(MOST_REMEMBERED);
  #next = 1;
  /** why no handoff is accepted; undefined: they are */
  #refusing: string | undefined;
  #notAdmitted = 0;

  constructor(context: HandoffContext) {
    this.#context = context;
    this.#admission = new HandoffAdmission(context);
    this.#ofPeers = new RoleLog(context.log);
    this.#preparations = new Preparations(context);
  }

  /** Prepares and Inits that were refused for what they said, or for their number. */
  get notAdmitted(): number {
    return this.#notAdmitted;
  }

  /** Accepts no handoff from now on; those whose Init has come go on. */
  refuse(reason = LEAVES): void {
    this.#refusing = reason;
    for (const acceptor of this.#acceptors.all)
      if (!acceptor.begun) acceptor.handle({ kind: 'failed', reason });
  }

  /** Clients whose takeover by this member has begun and is not settled. */
  get accepting(): readonly Ipv6Address[] {
    return this.#acceptors.all.filter(({ begun }) => begun).map(({ client }) => client);
  }

  /** Announces a handoff of this client to its acceptor, long before it may begin; false when the acceptor is out of reach. */
  prepare(client: Ipv6Address, acceptor: Ipv6Address): boolean {
    const outcome = this.#preparations.announce(client, acceptor, this.#next);
    if (outcome === 'sent') {
      this.#next++;
      this.#context.log.write('prepare-sent', { client, acceptor });
    }
    return outcome !== 'unreachable';
  }

  /** There will be no handoff of this client. */
  withdraw(client: Ipv6Address): void {
    this.#preparations.withdraw(client);
  }

  /** Hands a client off, with all its connections; see `DonorHandoff.finished`. */
  donate(request: Omit<DonorRequest, 'prepared' | 'settled'>): Promise<readonly HandoffOutcome[]> {
    const { client, acceptor, variant } = request;
    const prepared = this.#preparations.begin(client, acceptor);
    const handoff = prepared ?? this.#next++;
    const donor = new DonorHandoff(
      handoff,
      {
        ...request,
        // One Prepare is enough.
        variant: prepared === undefined ? variant : { ...variant, prepare: false },
        prepared: prepared !== undefined,
        settled: () => this.#acceptors.ofClient(client)[0]?.ended,
      },
      this.#context,
    );
    this.#donors.set(handoff, donor);
    const same = this.#donorsOf.get(client) ?? new Set();
    this.#donorsOf.set(client, same.add(donor));
    return donor.finished.finally(() => {
      this.#donors.delete(handoff);
      same.delete(donor);
      if (same.size === 0) this.#donorsOf.delete(client);
      if (donor.handedOff) this.#handedOff.set(handoff, acceptor);
    });
  }

  onFrame(peer: Ipv6Address, frame: HandoffFrame): void {
    switch (frame.kind) {
      case 'prepare':
      case 'init':
        this.#receive(peer, frame);
        return;
      case 'ask':
        this.#asked(peer, frame.handoff);
        return;
      case 'cancel':
      case 'released':
      case 'grant':
        this.#receiveLater(peer, frame);
        return;
      case 'here':
        this.#donorTo(peer, frame.handoff)?.handle({ kind: 'frame', frame });
        return;
      case 'claim':
        this.#claimed(peer, frame);
        return;
      case 'done':
      case 'refuse': {
        const donor = this.#donors.get(frame.handoff);
        this.#preparations.forget(peer, frame.handoff);
        if (donor?.acceptor === peer) donor.handle({ kind: 'frame', frame });
        // Said again, because our Released was lost.
        else if (frame.kind === 'done' && this.#handedOff.get(frame.handoff) === peer)
          this.#context.send(peer, { kind: 'released', handoff: frame.handoff });
        return;
      }
      default:
        frame satisfies never;
    }
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    // An acceptor that loses the channel gives up what it was only told of; a new process counts from one.
    this.#preparations.forget(peer);
    if (change === 'up' || change === 'gone') {
      this.#acceptors.renewed(peer);
      this.#handedOff.forget((_, acceptor) => acceptor === peer);
    }
    if (change === 'up') return;
    const kind = ({ restored: 'channel-restored', lost: 'channel-lost', gone: 'peer-gone' } as const)[change];
    for (const donor of [...this.#donors.values()]) if (donor.acceptor === peer) donor.handle({ kind });
    for (const acceptor of this.#acceptors.of(peer)) acceptor.handle({ kind });
  }

  onMobilityEvent(event: MobileNodeEvent): void {
    if (!('correspondent' in event)) return;
    const { correspondent } = event;
    switch (event.kind) {
      case 'return-routability-complete':
        this.#tellAcceptor(correspondent, { kind: 'return-routability-complete' });
        return;
      case 'binding-acknowledged':
        for (const { donor } of this.#acceptors.ofClient(correspondent))
          this.#admission.agreed(correspondent, donor, monotonicMs());
        this.#tellAcceptor(correspondent, { kind: 'binding-acknowledged', sequence: event.sequence });
        this.#tellDonor(correspondent, { kind: 'reclaimed' });
        return;
      case 'binding-rejected':
        if (!event.retrying) this.#rejected(correspondent, event.status);
        return;
      case 'gave-up':
        this.#unanswered(correspondent, `the client does not answer: ${event.step}`);
        return;
      default:
        return;
    }
  }

  #rejected(client: Ipv6Address, status: number): void {
    const reason = `the client rejects the binding: status ${status}`;
    const superseded = status === BindingStatus.sequenceNumberOutOfWindow;
    this.#tellAcceptor(client, superseded ? { kind: 'superseded' } : { kind: 'failed', reason });
    const cause = superseded ? 'superseded' : 'refused';
    this.#tellDonor(client, { kind: 'reclaim-failed', cause, reason });
  }

  #unanswered(client: Ipv6Address, reason: string): void {
    this.#tellAcceptor(client, { kind: 'failed', reason, unanswered: true });
    this.#tellDonor(client, { kind: 'reclaim-failed', cause: 'unanswered', reason });
  }

  #tellAcceptor(client: Ipv6Address, input: AcceptorHandoffInput): void {
    for (const acceptor of this.#acceptors.ofClient(client)) acceptor.handle(input);
  }

  #tellDonor(client: Ipv6Address, input: DonorHandoffInput): void {
    for (const donor of [...(this.#donorsOf.get(client) ?? [])]) donor.handle(input);
  }

  #receive(peer: Ipv6Address, frame: Beginning): void {
    const brought = this.#brought(peer, frame);
    if (brought === undefined) return;
    const { kind, handoff, client } = frame;
    const acceptor = this.#acceptors.get(peer, handoff);
    const received = (): void => this.#context.log.write(`${kind}-received`, { client, donor: peer });
    const announced = kind === 'init' && this.#acceptors.begun(peer, handoff);
    // Refused before, and the donor goes on as soon as it hears of it: this Init was under way by then.
    const late = announced && acceptor === undefined;
    if (late || (this.#refusing !== undefined && acceptor === undefined)) {
      received();
      this.#refuse(peer, handoff, false, late ? GIVEN_UP : this.#refusing);
    } else {
      const begun = acceptor ?? this.#begin(peer, frame);
      if (begun === undefined) return;
      received();
      this.#context.onBeginning?.(peer, frame);
      if (frame.kind === 'init') this.#initiate(begun, frame, brought);
      else begun.handle({ kind: 'frame', frame });
    }
  }

  /** One line, however many options and connections: what it says is the donor's. */
  #initiate(acceptor: AcceptorHandoff, init: InitFrame, { states, unknownOptions }: Brought): void {
    if (unknownOptions.size > 0)
      this.#ofPeers.write({
        kind: 'socket-option-not-set',
        client: init.client,
        option: [...unknownOptions].join(' '),
        reason: 'options that this member does not know',
      });
    acceptor.initiate(init, states);
  }

  /** Undefined for a frame that is discarded, with nothing done for it. */
  #brought(peer: Ipv6Address, frame: Beginning): Brought | undefined {
    const earlier = this.#acceptors.get(peer, frame.handoff);
    const unknownOptions = new Set<number>();
    try {
      this.#admission.check(frame, earlier?.client);
      if (frame.kind === 'prepare') return { states: [], unknownOptions };
      return {
        states: broughtStates(frame, this.#context, (wire) => unknownOptions.add(wire)),
        unknownOptions,
      };
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof DecodeError)) throw error;
      this.#discard(peer, frame, error.message);
      return undefined;
    }
  }

  /** A new handoff to this member; undefined when there may be no more of them. */
  #begin(peer: Ipv6Address, frame: Beginning): AcceptorHandoff | undefined {
    const { kind, handoff, client } = frame;
    // Whoever announces a client anew has given the earlier announcement up.
    const earlier = this.#acceptors.announcedOf(peer, client);
    const reason = this.#admission.begin(client, peer, this.#acceptors.open(peer), monotonicMs());
    if (reason !== undefined) {
      this.#discard(peer, frame, reason);
      return undefined;
    }
    earlier?.handle({ kind: 'failed', reason: 'announced anew' });
    const acceptor: AcceptorHandoff = new AcceptorHandoff(frame, peer, this.#context, (settledAt) =>
      this.#acceptors.over(handoff, acceptor, settledAt),
    );
    this.#acceptors.add(handoff, acceptor);
    if (kind === 'prepare') this.#acceptors.announce(peer, client, handoff);
    return acceptor;
  }

  /** A frame that no member of good faith sends, or sends so often. What stands under its number ends with it. */
  #discard(peer: Ipv6Address, frame: Beginning, reason: string): void {
    const { kind, handoff, client } = frame;
    this.#notAdmitted++;
    this.#ofPeers.write({ kind: 'handoff-discarded', frame: kind, client, donor: peer, detail: reason });
    const acceptor = this.#acceptors.get(peer, handoff);
    if (acceptor === undefined) this.#refuse(peer, handoff, false, reason);
    else if (!acceptor.begun) acceptor.handle({ kind: 'failed', reason });
  }

  /** A handoff that nobody here knows was given up. */
  #receiveLater(
    peer: Ipv6Address,
    frame: Extract<HandoffFrame, { kind: 'cancel' | 'released' | 'grant' }>,
  ): void {
    const { kind, handoff } = frame;
    const acceptor = this.#acceptors.get(peer, handoff);
    const settledAt = this.#acceptors.settledAt(peer, handoff);
    if (acceptor !== undefined) acceptor.handle({ kind: 'frame', frame });
    // The connection may have come to its end here while the donor could not hear of it.
    else if (kind === 'cancel' && settledAt !== undefined)
      this.#context.send(peer, { kind: 'done', handoff, sequence: settledAt });
    // Possibly after its Binding Update.
    else if (kind === 'cancel') this.#refuse(peer, handoff, !this.#acceptors.isAnnounced(peer, handoff));
    this.#acceptors.begun(peer, handoff);
  }

  #donorTo(acceptor: Ipv6Address, handoff: number): DonorHandoff | undefined {
    const donor = this.#donors.get(handoff);
    return donor?.acceptor === acceptor ? donor : undefined;
  }

  /** A donor that has not begun yet looks for another acceptor when this one takes nobody. */
  #asked(donor: Ipv6Address, handoff: number): void {
    const refusing = this.#refusing;
    if (refusing !== undefined && this.#acceptors.get(donor, handoff) === undefined)
      this.#refuse(donor, handoff, false, refusing);
    else this.#context.send(donor, { kind: 'here', handoff });
  }

  /** Of a handoff that is over here the client is the acceptor's, or this member's again. */
  #claimed(acceptor: Ipv6Address, frame: Extract<HandoffFrame, { kind: 'claim' }>): void {
    const { handoff } = frame;
    const donor = this.#donorTo(acceptor, handoff);
    if (donor !== undefined) donor.handle({ kind: 'frame', frame });
    else {
      const kind = this.#handedOff.get(handoff) === acceptor ? 'grant' : 'cancel';
      this.#context.send(acceptor, { kind, handoff });
    }
  }

  #refuse(peer: Ipv6Address, handoff: number, bound: boolean, reason = GIVEN_UP): void {
    this.#context.send(peer, { kind: 'refuse', handoff, bound, reason });
  }
}
