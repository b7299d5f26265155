import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { AnswerOfClient, BindingRequest } from '../../../server/bindings/client-bindings.ts';
import type { ForwardingFrame } from '../../../server/plain/forwarding-frames.ts';
import {
  PlainBindings,
  type PlainBindingsInput,
  type PlainBindingsPlan,
} from '../../../server/plain/plain-bindings.ts';
import { RoleDriver } from '../../support/role-driver.ts';
import type { PeerChange } from '../channel.ts';
import type { ClientBindings } from '../mobility.ts';
import type { Forwarder } from './forwarder.ts';

interface ForwardedBindingsOptions extends Omit<PlainBindingsPlan, 'answer'> {
  readonly forwarder: Pick<Forwarder, 'answer'>;
  /** What a client's own answer to a Binding Update would be. */
  onAnswer(answer: AnswerOfClient): void;
}

/** The bindings of clients without Mobile IPv6 in this process, as handoffs know bindings. */
export class ForwardedBindings implements ClientBindings {
  readonly #options: ForwardedBindingsOptions;
  readonly #role: PlainBindings;
  readonly #driver: RoleDriver<PlainBindingsInput, AnswerOfClient>;

  constructor(options: ForwardedBindingsOptions) {
    const { forwarder, onAnswer } = options;
    this.#options = options;
    this.#role = new PlainBindings({ ...options, answer: (frame, peer) => forwarder.answer(frame, peer) });
    // Behind whatever asked, as an answer from elsewhere would be.
    this.#driver = new RoleDriver(this.#role, (answer) => queueMicrotask(() => onAnswer(answer)));
  }

  ask(client: Ipv6Address, request: BindingRequest): void {
    this.#driver.handle({ kind: 'ask', client, request });
  }

  /** Nothing here binds such a client unasked. */
  suspend(): void {}

  resume(): void {}

  testHome(): void {}

  /** Such a client gives no tokens. */
  holdsHomeToken(): boolean {
    return false;
  }

  bindFor(): void {}

  /** Nor does it go to such a client in any other way. */
  stopOptimising(): void {}

  forget(client: Ipv6Address): void {
    this.#driver.handle({ kind: 'forget', client });
  }

  handedOff(client: Ipv6Address): void {
    this.#driver.handle({ kind: 'handed-off', client });
  }

  /** A handoff to this member is over. */
  over(client: Ipv6Address): void {
    this.#driver.handle({ kind: 'over', client });
  }

  lastSequence(client: Ipv6Address): number | undefined {
    return this.#role.lastSequence(client);
  }

  /** The contact node's answer. */
  answered(frame: Extract<ForwardingFrame, { readonly kind: 'forwarded' }>): void {
    this.#driver.handle({ kind: 'answered', frame });
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    if (peer !== this.#options.contactNode()) return;
    if (change === 'restored') this.#driver.handle({ kind: 'send-again' });
    else if (change === 'up') this.askAnother();
  }

  /** Another member is the contact node, or another process of it. */
  askAnother(): void {
    this.#driver.handle({ kind: 'ask-another' });
  }

  /** This member is the contact node, by its home agent's word. */
  inOffice(): void {
    this.#driver.handle({ kind: 'send-again' });
  }

  /** Tells the contact node what is here of these clients. */
  announce(clients: Iterable<Ipv6Address>): void {
    this.#driver.handle({ kind: 'announce', clients });
  }

  close(): void {
    this.#driver.stop();
  }
}
