import { randomBytes } from 'node:crypto';
import type { FdPoller } from '../../linux/fd-poller.ts';
import { MobilityHeaderSocket } from '../../linux/mobility-header-socket.ts';
import type { HomeAssociations } from '../../linux/recipes/associations.ts';
import { mobileBindingActive, mobileBindingPending } from '../../linux/recipes/correspondent.ts';
import { contactNode } from '../../linux/recipes/member.ts';
import type { Reconciler } from '../../linux/reconciler.ts';
import { MobileNode } from '../../mip6/roles/mobile-node.ts';
import type {
  MobileNodeEvent,
  MobileNodeInput,
  MobileNodeOutput,
} from '../../mip6/roles/mobile-node-types.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { EventLog } from '../support/event-log.ts';
import { loggable } from '../support/loggable.ts';
import { RoleDriver } from '../support/role-driver.ts';

export interface MobilityOptions {
  readonly homeAddress: Ipv6Address;
  readonly careOfAddress: Ipv6Address;
  readonly homeAgent: Ipv6Address;
  /** with the home agent; only at a contact node */
  readonly associations: HomeAssociations | undefined;
  readonly bindingLifetimeSeconds: number;
  readonly poller: FdPoller;
  readonly reconciler: Reconciler;
  readonly log: EventLog;
  /** Sees every event of the mobile node role, after the log. */
  onEvent(event: MobileNodeEvent): void;
}

/**
 * A member's mobile-node part: the role of RFC 6275 §11 on a Mobility Header socket, and the kernel state that it desires.
 */
export class Mobility {
  readonly #options: MobilityOptions;
  readonly #role: MobileNode;
  readonly #driver: RoleDriver<MobileNodeInput, MobileNodeOutput>;
  readonly #socket: MobilityHeaderSocket;
  #homeRegistered = false;

  constructor(options: MobilityOptions) {
    this.#options = options;
    this.#role = new MobileNode({ homeAddress: options.homeAddress, random: randomBytes });
    this.#driver = new RoleDriver(this.#role, (output) => this.#act(output));
    this.#socket = MobilityHeaderSocket.open(options.poller);
    this.#socket.onDatagram = (datagram) => this.#driver.handle({ kind: 'datagram', datagram });
  }

  /** The home agent has accepted the registration of the contact address. */
  get homeRegistered(): boolean {
    return this.#homeRegistered;
  }

  registerHome(lifetimeSeconds: number): void {
    const { homeAgent, careOfAddress } = this.#options;
    this.#driver.handle({ kind: 'register-home', homeAgent, careOfAddress, lifetimeSeconds });
  }

  /** Route optimisation with a client that has just come: return routability, then a Binding Update (RFC 6275 §11.7.2). */
  optimizeRoute(correspondent: Ipv6Address): void {
    this.startReturnRoutability(correspondent);
    this.bind(correspondent);
  }

  startReturnRoutability(correspondent: Ipv6Address): void {
    const { careOfAddress } = this.#options;
    this.#driver.handle({ kind: 'start-return-routability', correspondent, careOfAddress });
  }

  /** A Binding Update, its sequence number the one after `lastSequence`, once return routability has been run. */
  bind(correspondent: Ipv6Address, lastSequence?: number): void {
    const lifetimeSeconds = this.#options.bindingLifetimeSeconds;
    const sequence = lastSequence === undefined ? {} : { sequence: (lastSequence + 1) & 0xffff };
    this.#driver.handle({
      kind: 'bind',
      correspondent,
      lifetimeSeconds,
      acknowledge: true,
      refresh: true,
      ...sequence,
    });
  }

  unbind(correspondent: Ipv6Address): void {
    this.#driver.handle({ kind: 'unbind', correspondent, acknowledge: true });
  }

  forget(correspondent: Ipv6Address): void {
    this.#driver.handle({ kind: 'forget', correspondent });
  }

  /** Sequence number of the last Binding Update to this correspondent; undefined when none was sent. */
  lastSequence(correspondent: Ipv6Address): number | undefined {
    return this.#role.exportBinding(correspondent)?.sequence;
  }

  close(): void {
    this.#driver.stop();
    this.#socket.close();
  }

  #act(output: MobileNodeOutput): void {
    const { reconciler, log, homeAddress } = this.#options;
    switch (output.kind) {
      case 'transmit':
        this.#socket.send(output);
        return;
      case 'binding': {
        const group = `binding ${output.correspondent}`;
        if (output.phase === 'none') {
          reconciler.clear(group);
          return;
        }
        const recipe = output.phase === 'active' ? mobileBindingActive : mobileBindingPending;
        reconciler.set(group, recipe(output));
        return;
      }
      case 'home-binding': {
        if (output.phase === 'none') {
          reconciler.clear('home');
          return;
        }
        const { homeAgent, careOfAddress } = output;
        const ends = { homeAddress, homeAgent, careOfAddress, tunnelName: 'tha' };
        const { associations } = this.#options;
        reconciler.set('home', contactNode(associations === undefined ? ends : { ...ends, associations }));
        return;
      }
      case 'event':
        log.write(output.event.kind, loggable(output.event));
        if (output.event.kind === 'home-registered') this.#homeRegistered = true;
        this.#options.onEvent(output.event);
        return;
      default:
        output satisfies never;
    }
  }
}
