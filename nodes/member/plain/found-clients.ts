import type { MobileNodeEvent } from '../../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import {
  BegunConnections,
  type BegunInput,
  type BegunOutput,
} from '../../../server/plain/begun-connections.ts';
import { ClientKinds, type PlainReason } from '../../../server/plain/client-kinds.ts';
import type { Flow } from '../../../server/plain/plain-clients.ts';
import { monotonicMs, RoleDriver } from '../../support/role-driver.ts';
import type { PlainClientServiceOptions } from './plain-options.ts';
import type { ServedClients } from './served-clients.ts';

/**
 * Who has no Mobile IPv6 is found out by what clients do. Clients of which nothing is known meet the contact node alone: the present
 * one, or the one that was in office when they came.
 */
export class FoundClients {
  readonly #options: PlainClientServiceOptions;
  readonly #served: ServedClients;
  readonly #kinds: ClientKinds;
  readonly #begun: BegunConnections;
  readonly #begunDriver: RoleDriver<BegunInput, BegunOutput>;
  #leaving = false;

  constructor(options: PlainClientServiceOptions, served: ServedClients) {
    this.#options = options;
    this.#served = served;
    this.#kinds = new ClientKinds(options.kinds);
    this.#begun = new BegunConnections(options);
    this.#begunDriver = new RoleDriver(this.#begun, (output) => {
      if (output.kind === 'send') options.send(output.to, output.frame);
      else served.gone(output.flow);
    });
  }

  /** A client has connected; false: it has no place here. */
  admits(flow: Flow): boolean {
    if (!this.#holdsContact) {
      this.#established(flow);
      return true;
    }
    const { client } = flow;
    const { forwarder, log } = this.#options;
    // A binding would lead the packets of connections that other members have here, past the rules for them.
    const known =
      this.#served.has(client) ||
      this.#kinds.kindOf(client, monotonicMs()) === 'plain' ||
      forwarder.forwards(client);
    if (!known) return true;
    const admission = forwarder.clients.admit(flow);
    if (admission.kind === 'refused') {
      log.write('plain-client-refused', { client, reason: admission.reason });
      return false;
    }
    this.#served.add(client);
    return true;
  }

  /** It has shown here that it has Mobile IPv6, and is being served: no donor's word ends that. */
  isBoundHere(client: Ipv6Address): boolean {
    if (this.#served.has(client) || this.#kinds.kindOf(client, monotonicMs()) !== 'mobile-ipv6') return false;
    return this.#served.connections.openOf(client).length > 0;
  }

  /** Events of the mobile-node role: how clients answer, if at all. */
  onMobilityEvent(event: MobileNodeEvent): void {
    switch (event.kind) {
      case 'return-routability-complete':
        this.#kinds.answered(event.correspondent, monotonicMs());
        return;
      case 'binding-acknowledged':
        this.#kinds.answered(event.correspondent, monotonicMs());
        this.#begunDriver.handle({ kind: 'bound', client: event.correspondent });
        return;
      case 'mobility-unsupported':
        this.#refused(event.correspondent, 'parameter-problem');
        return;
      case 'gave-up':
        if (event.step !== 'binding-update') this.#refused(event.correspondent, 'no-answer');
        return;
      default:
        return;
    }
  }

  /** A connection goes on here no more. */
  ended(flow: Flow): void {
    this.#begunDriver.handle({ kind: 'ended', flow });
  }

  /** See `PlainClientService.leave`. */
  leave(): void {
    this.#leaving = true;
    if (this.#holdsContact) this.#options.forwarder.announce(this.#begun.needed);
  }

  /** The contact node is another one, or may have lost what it was asked. */
  askAgain(): void {
    this.#begunDriver.handle({ kind: 'ask-again' });
  }

  /** Another member is the contact node in this one's place. */
  superseded(): void {
    this.#begunDriver.handle({
      kind: 'superseded',
      isTold: (flow) => this.#served.has(flow.client) && this.#served.holds(flow),
    });
    if (!this.#leaving) return;
    for (const client of this.#served.connections.clients) {
      if (this.#served.has(client) || this.#options.isBound(client)) continue;
      this.#strayed(client, 'not-found-out');
      if (this.#served.has(client))
        this.#options.onAnswer({ kind: 'unanswered', client, reason: 'nothing is known of the client' });
    }
  }

  close(): void {
    this.#begunDriver.stop();
  }

  get #holdsContact(): boolean {
    return this.#options.contactNode() === this.#options.careOfAddress;
  }

  /** A connection that came while this member was the contact node. */
  #established(flow: Flow): void {
    // One that has been sent a Binding Update may be bound at any moment.
    const unsent = this.#options.mobility.lastSequence(flow.client) === undefined;
    if (!unsent || !this.#begun.has(flow)) return;
    this.#begunDriver.handle({ kind: 'established', flow });
    this.#served.add(flow.client);
  }

  #refused(client: Ipv6Address, reason: PlainReason): void {
    if (this.#served.has(client)) return;
    if (!this.#holdsContact) {
      this.#strayed(client, reason);
      return;
    }
    if (this.#kinds.refused(client, reason, monotonicMs()) !== 'plain') return;
    const { forwarder, log, mobility } = this.#options;
    const flows = this.#served.flowsOf(client);
    const placed = flows.every((flow) => forwarder.clients.place(flow));
    log.write('plain-client-found', { client, reason, connections: flows.length, placed });
    if (flows.length > 0) this.#served.add(client);
    mobility.forget(client);
  }

  /** Its connections came here, and its packets come to another contact node now: that one must know where they go. */
  #strayed(client: Ipv6Address, reason: PlainReason | 'not-found-out'): void {
    const connections = this.#served.connections.openOf(client).length;
    const { log, mobility } = this.#options;
    if (connections === 0 || mobility.lastSequence(client) !== undefined) return;
    log.write('plain-client-found', { client, reason, connections, placed: false });
    this.#served.add(client);
    this.#begunDriver.handle({ kind: 'found', client });
    mobility.forget(client);
    this.#served.bindings.announce([client]);
  }
}
