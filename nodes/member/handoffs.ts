import type net from 'node:net';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node-types.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { BindingStatus } from '../../mip6/wire/constants.ts';
import type { ChannelFrame } from '../../server/channel-frames.ts';
import { AcceptorHandoff } from './acceptor-handoff.ts';
import type { PeerChange } from './channel.ts';
import { DonorHandoff, type DonorRequest } from './donor-handoff.ts';
import type { HandoffContext } from './handoff-context.ts';

/** The handoffs that a member takes part in: tells each what concerns it. */
export class Handoffs {
  readonly #context: HandoffContext;
  readonly #donors = new Map<number, DonorHandoff>();
  readonly #acceptors = new Map<string, AcceptorHandoff>();
  #next = 1;

  constructor(context: HandoffContext) {
    this.#context = context;
  }

  /** Hands a client off; see `DonorHandoff.finished`. */
  donate(request: DonorRequest): Promise<net.Socket | undefined> {
    const handoff = this.#next++;
    const donor = new DonorHandoff(handoff, request, this.#context);
    this.#donors.set(handoff, donor);
    return donor.finished.finally(() => this.#donors.delete(handoff));
  }

  onFrame(peer: Ipv6Address, frame: ChannelFrame): void {
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
        if (donor?.acceptor === peer) donor.handle({ kind: 'frame', frame });
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
        this.#failed(correspondent, `the client does not answer: ${event.step}`);
        return;
      default:
        return;
    }
  }

  #rejected(client: Ipv6Address, status: number): void {
    const reason = `the client rejects the binding: status ${status}`;
    const superseded = status === BindingStatus.sequenceNumberOutOfWindow;
    this.#tellAcceptor(client, superseded ? { kind: 'superseded' } : { kind: 'failed', reason });
    this.#tellDonor(client, { kind: 'reclaim-failed', reason });
  }

  #failed(client: Ipv6Address, reason: string): void {
    this.#tellAcceptor(client, { kind: 'failed', reason });
    this.#tellDonor(client, { kind: 'reclaim-failed', reason });
  }

  #tellAcceptor(client: Ipv6Address, input: Parameters<AcceptorHandoff['handle']>[0]): void {
    for (const acceptor of [...this.#acceptors.values()]) {
      if (acceptor.client === client) acceptor.handle(input);
    }
  }

  #tellDonor(client: Ipv6Address, input: Parameters<DonorHandoff['handle']>[0]): void {
    for (const donor of [...this.#donors.values()]) if (donor.client === client) donor.handle(input);
  }

  #receive(peer: Ipv6Address, frame: Extract<ChannelFrame, { kind: 'prepare' | 'init' }>): void {
    const key = keyOf(peer, frame.handoff);
    this.#context.log.write(`${frame.kind}-received`, { client: frame.client, donor: peer });
    let acceptor = this.#acceptors.get(key);
    if (acceptor === undefined) {
      acceptor = new AcceptorHandoff(frame, peer, this.#context, () => this.#acceptors.delete(key));
      this.#acceptors.set(key, acceptor);
    }
    acceptor.handle({ kind: 'frame', frame });
  }

  /** About a handoff that nobody here knows: it was given up, possibly after its Binding Update. */
  #receiveLater(peer: Ipv6Address, frame: Extract<ChannelFrame, { kind: 'cancel' | 'released' }>): void {
    const { kind, handoff } = frame;
    const acceptor = this.#acceptors.get(keyOf(peer, handoff));
    if (acceptor !== undefined) acceptor.handle({ kind: 'frame', frame });
    else if (kind === 'cancel') {
      const reason = 'given up earlier';
      this.#context.send(peer, { kind: 'refuse', handoff, bound: true, reason });
    }
  }
}

function keyOf(donor: Ipv6Address, handoff: number): string {
  return `${donor} ${handoff}`;
}
