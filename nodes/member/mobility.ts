import type { MobilityHeaderSocket } from '../../linux/mobility-header-socket.ts';
import type { HomeAssociations } from '../../linux/recipes/associations.ts';
import { MobileNode } from '../../mip6/roles/mobile-node/mobile-node.ts';
import type {
  AcknowledgedBinding,
  MobileNodeConfig,
  MobileNodeEvent,
  MobileNodeInput,
  MobileNodeOutput,
} from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { CareOfProof, HomeProof } from '../../server/bindings/client-bindings.ts';
import { type ClientRoutePlan, ClientRoutes } from '../../server/bindings/client-routes.ts';
import { countersOf } from '../support/counters.ts';
import type { EventFields, EventWriter } from '../support/event-log.ts';
import { GuardedSender } from '../support/guarded-sender.ts';
import { randomOctets } from '../support/random-pool.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';
import { RoleLog } from '../support/role-log.ts';
import type { MobilityHeaders } from './mobility-headers.ts';
import { MobilityState, type MobilityStateOptions } from './mobility-state.ts';

interface HomeRegistrationOptions {
  readonly lifetimeSeconds: number;
  /** with the home agent; absent: nothing is protected */
  readonly associations?: HomeAssociations;
  /** of the first Binding Update; default: a random one, or the one after the last */
  readonly sequence?: number;
}

export interface MobilityOptions extends MobilityStateOptions, ClientRoutePlan {
  readonly homeAgent: Ipv6Address;
  /** how soon a client without Mobile IPv6 is found out, and for how long it is left alone; see MobileNodeConfig */
  readonly patience?: Pick<MobileNodeConfig, 'retransmissionLimit' | 'unsupportedSeconds'>;
  readonly headers: Pick<MobilityHeaders, 'add'> & { readonly socket: Pick<MobilityHeaderSocket, 'send'> };
  readonly log: EventWriter;
  /** Sees every event of the mobile node role, after the log. */
  onEvent(event: MobileNodeEvent): void;
}

/** What a handoff asks of a client's binding. */
export type ClientBindings = Pick<
  Mobility,
  | 'ask'
  | 'testHome'
  | 'holdsHomeToken'
  | 'bindFor'
  | 'suspend'
  | 'stopOptimising'
  | 'resume'
  | 'forget'
  | 'handedOff'
  | 'lastSequence'
>;

/**
 * A member's mobile-node part for one contact address: the role of RFC 6275 §11, what the member asks of it about clients (`ClientRoutes`), and the
 * kernel state that it desires.
 */
export class Mobility extends ClientRoutes {
  readonly #options: MobilityOptions;
  readonly #role: MobileNode;
  readonly #driver: RoleDriver<MobileNodeInput, MobileNodeOutput>;
  readonly #sender: GuardedSender;
  readonly #roleLog: RoleLog;
  readonly #kernel: MobilityState;
  #homeRegistered = false;

  constructor(options: MobilityOptions) {
    super(options, (input) => this.#driver.handle(input));
    this.#options = options;
    this.#roleLog = new RoleLog(options.log);
    this.#kernel = new MobilityState(options);
    this.#role = new MobileNode({
      ...options.patience,
      homeAddress: options.homeAddress,
      random: randomOctets,
    });
    this.#driver = new RoleDriver(this.#role, (output) => this.#act(output));
    this.#sender = new GuardedSender(options.headers.socket, options.log);
    options.headers.add({
      homeAddress: options.homeAddress,
      recognizes: (arrival) => this.#role.recognizes(arrival, monotonicMs()),
      handle: (arrival) => this.#driver.handle(arrival),
    });
  }

  /** The home agent has accepted the registration of the contact address, and its binding lives. */
  get homeRegistered(): boolean {
    return this.#homeRegistered;
  }

  registerHome({ associations, ...registration }: HomeRegistrationOptions): void {
    const { homeAgent, careOfAddress } = this.#options;
    this.#kernel.protectHome(associations);
    this.#driver.handle({ kind: 'register-home', homeAgent, careOfAddress, ...registration });
  }

  /** Deletes the home agent's binding (RFC 6275 §11.5.5: lifetime 0); event `home-deregistered`. */
  deregisterHome(): void {
    this.#homeRegistered = false;
    this.#driver.handle({ kind: 'deregister-home' });
  }

  /** Another member has the contact address: its state here goes without a word to the home agent. */
  forgetHome(): void {
    this.#homeRegistered = false;
    this.#driver.handle({ kind: 'forget-home' });
  }

  holdsHomeToken(correspondent: Ipv6Address): boolean {
    return this.#role.holdsHomeToken(correspondent, monotonicMs());
  }

  /** This member's home keygen token, for another one. */
  homeProof(correspondent: Ipv6Address): HomeProof | undefined {
    const tested = this.#role.homeToken(correspondent, monotonicMs());
    if (tested === undefined) return undefined;
    const { token: homeKeygenToken, nonceIndex: homeNonceIndex, ageMs } = tested;
    return { homeKeygenToken, homeNonceIndex, ageMs };
  }

  /** That the correspondent has been tested at this member, for `bindFor` of another one. */
  careOfProof(correspondent: Ipv6Address): CareOfProof | undefined {
    const tested = this.#role.careOfToken(correspondent, monotonicMs());
    if (tested === undefined) return undefined;
    const { token: careOfKeygenToken, nonceIndex: careOfNonceIndex, ageMs, roundTripMs } = tested;
    return { careOfKeygenToken, careOfNonceIndex, ageMs, tripMs: roundTripMs / 2 };
  }

  /** See `MobileNode`. */
  leastRoundTripMs(correspondent: Ipv6Address): number | undefined {
    return this.#role.leastRoundTripMs(correspondent);
  }

  /** Sequence number of the last Binding Update to this correspondent; undefined when none was sent. */
  lastSequence(correspondent: Ipv6Address): number | undefined {
    return this.#role.exportBinding(correspondent)?.sequence;
  }

  /** The same, or the number before that of the first, for a client that `defend` was called for. */
  sequenceBefore(correspondent: Ipv6Address): number | undefined {
    return this.#role.sequenceBefore(correspondent);
  }

  /** This correspondent has acknowledged a binding of this member's, which is in force. */
  isBound(correspondent: Ipv6Address): boolean {
    return this.#role.isBound(correspondent, monotonicMs());
  }

  /** This member's bindings that clients have acknowledged. */
  get bindings(): readonly AcknowledgedBinding[] {
    return this.#role.bindings(monotonicMs());
  }

  /** What the role counted, and what the kernel dropped. */
  counters(kernel: { droppedByKernel(): EventFields }): EventFields {
    return countersOf(this.#role, this.#sender, kernel);
  }

  close(): void {
    this.#driver.stop();
  }

  #act(output: MobileNodeOutput): void {
    switch (output.kind) {
      case 'transmit':
        this.#sender.send(output);
        return;
      case 'binding':
        this.#kernel.bind(output);
        return;
      case 'home-binding':
        this.#kernel.bindHome(output);
        return;
      case 'event':
        this.#roleLog.write(output.event);
        this.#homeHeard(output.event);
        if (output.event.kind === 'binding-error') this.refused(output.event);
        this.#options.onEvent(output.event);
        return;
      default:
        output satisfies never;
    }
  }

  #homeHeard(event: MobileNodeEvent): void {
    if (event.kind === 'home-registered') this.#homeRegistered = true;
    const refused = event.kind === 'home-registration-rejected' && !event.retrying;
    if (refused || event.kind === 'home-registration-expired') this.#homeRegistered = false;
  }
}
