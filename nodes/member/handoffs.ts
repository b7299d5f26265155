import type { MobileNodeEvent } from '../../mip6/roles/mobile-node-types.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { BindingStatus } from '../../mip6/wire/constants.ts';
import type { HandoffFrame } from '../../server/channel-frames.ts';
import { AcceptorHandoff, type AcceptorHandoffInput } from './acceptor-handoff.ts';
import type { PeerChange } from './channel.ts';
import type { HandoffOutcome } from './donor-connection.ts';
import { DonorHandoff, type DonorHandoffInput, type DonorRequest } from './donor-handoff.ts';
import type { HandoffContext } from './handoff-context.ts';
import { Preparations } from './preparations.ts';
import { RecentlyEnded } from './recently-ended.ts';

/** handoffs that have ended well, of which the other side may not have heard */
const MOST_REMEMBERED = 1024;
const LEAVES = 'this member leaves';

/** The handoffs that a member takes part in: tells each what concerns it. */
export class Handoffs {
  readonly #context: HandoffContext;
  readonly #donors = new Map<number, DonorHandoff>();
  readonly #acceptors = new Map<string, AcceptorHandoff>();
  readonly #preparations: Preparations;
  /** handoffs that a donor has announced and not begun; one that is given up stays, so that its Init is known for late */
  readonly #announced = new Set<string>();
  /** handoff → the acceptor that has the client for good */
  readonly #handedOff = new RecentlyEnded<number, Ipv6Address>(MOST_REMEMBERED);
  /** handoff of a donor → sequence number under which this member has had the client for good */
  readonly #settled = new RecentlyEnded<string, number>(MOST_REMEMBERED);
  #next = 1;
  #refusing = false;

  constructor(context: HandoffContext) {
    this.#context = context;
    this.#preparations = new Preparations(context);
  }

  /** Accepts no handoff from now on; those whose Init has come go on. */
  refuse(): void {
    this.#refusing = true;
    for (const acceptor of [...this.#acceptors.values()])
      if (!acceptor.begun) acceptor.handle({ kind: 'failed', reason: LEAVES });
  }

  /** Clients whose takeover by this member has begun and is not settled. */
  get accepting(): readonly Ipv6Address[] {
    return [...this.#acceptors.values()].filter(({ begun }) => begun).map(({ client }) => client);
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
        settled: () => [...this.#acceptors.values()].find((other) => other.client === client)?.ended,
      },
      this.#context,
    );
    this.#donors.set(handoff, donor);
    return donor.finished.finally(() => {
      this.#donors.delete(handoff);
      if (donor.handedOff) this.#handedOff.set(handoff, acceptor);
    });
  }

  onFrame(peer: Ipv6Address, frame: HandoffFrame): void {
    switch (frame.kind) {
      case 'prepare':
      case 'init':
        this.#receive(peer, frame);
        return;
      case 'cancel':
      case 'released':
        this.#receiveLater(peer, frame);
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
      case 'hello':
      case 'padding':
        return;
      default:
        frame satisfies never;
    }
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    // An acceptor that loses the channel gives up what it was only told of; a new process counts from one.
    this.#preparations.forget(peer);
    if (change === 'up' || change === 'gone') {
      for (const key of [...this.#announced]) if (key.startsWith(`${peer} `)) this.#announced.delete(key);
      this.#settled.forget((key) => key.startsWith(`${peer} `));
      this.#handedOff.forget((_, acceptor) => acceptor === peer);
    }
    if (change === 'up') return;
    const kind = ({ restored: 'channel-restored', lost: 'channel-lost', gone: 'peer-gone' } as const)[change];
    for (const donor of [...this.#donors.values()]) if (donor.acceptor === peer) donor.handle({ kind });
    for (const acceptor of [...this.#acceptors.values()]) {
      if (acceptor.donor === peer) acceptor.handle({ kind });
    }
  }

  onMobilityEvent(event: MobileNodeEvent): void {
    if (!('correspondent' in event)) return;
    const { correspondent } = event;
    switch (event.kind) {
      case 'return-routability-complete':
        this.#tellAcceptor(correspondent, { kind: 'return-routability-complete' });
        return;
      case 'binding-acknowledged':
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
    for (const acceptor of [...this.#acceptors.values()]) {
      if (acceptor.client === client) acceptor.handle(input);
    }
  }

  #tellDonor(client: Ipv6Address, input: DonorHandoffInput): void {
    for (const donor of [...this.#donors.values()]) if (donor.client === client) donor.handle(input);
  }

  #receive(peer: Ipv6Address, frame: Extract<HandoffFrame, { kind: 'prepare' | 'init' }>): void {
    const key = keyOf(peer, frame.handoff);
    this.#context.log.write(`${frame.kind}-received`, { client: frame.client, donor: peer });
    let acceptor = this.#acceptors.get(key);
    const announced = frame.kind === 'init' && this.#announced.delete(key);
    if (announced && acceptor === undefined) {
      // Refused before, and the donor goes on as soon as it hears of it: this Init was under way by then.
      this.#refuse(peer, frame.handoff, false);
      return;
    }
    if (this.#refusing && acceptor === undefined) {
      this.#refuse(peer, frame.handoff, false, LEAVES);
      return;
    }
    if (frame.kind === 'prepare') this.#announced.add(key);
    if (acceptor === undefined) {
      acceptor = new AcceptorHandoff(frame, peer, this.#context, (settledAt) => {
        this.#acceptors.delete(key);
        if (settledAt !== undefined) this.#settled.set(key, settledAt);
      });
      this.#acceptors.set(key, acceptor);
    }
    acceptor.handle({ kind: 'frame', frame });
  }

  /** A handoff that nobody here knows was given up. */
  #receiveLater(peer: Ipv6Address, frame: Extract<HandoffFrame, { kind: 'cancel' | 'released' }>): void {
    const { kind, handoff } = frame;
    const acceptor = this.#acceptors.get(keyOf(peer, handoff));
    const settledAt = this.#settled.get(keyOf(peer, handoff));
    if (acceptor !== undefined) acceptor.handle({ kind: 'frame', frame });
    // The connection may have come to its end here while the donor could not hear of it.
    else if (kind === 'cancel' && settledAt !== undefined)
      this.#context.send(peer, { kind: 'done', handoff, sequence: settledAt });
    // Possibly after its Binding Update.
    else if (kind === 'cancel') this.#refuse(peer, handoff, !this.#announced.has(keyOf(peer, handoff)));
    this.#announced.delete(keyOf(peer, handoff));
  }

  #refuse(peer: Ipv6Address, handoff: number, bound: boolean, reason = 'given up earlier'): void {
    this.#context.send(peer, { kind: 'refuse', handoff, bound, reason });
  }
}

function keyOf(donor: Ipv6Address, handoff: number): string {
  return `${donor} ${handoff}`;
}
