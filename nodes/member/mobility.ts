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
import type { Numbering } from '../../mip6/roles/mobile-node/numbering.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { BindingErrorStatus } from '../../mip6/wire/constants.ts';
import {
  type BindingRequest,
  type CareOfProof,
  type HomeProof,
  numberingOf,
} from '../../server/handoff/client-bindings.ts';
import { countersOf } from '../support/counters.ts';
import type { EventFields, EventWriter } from '../support/event-log.ts';
import { GuardedSender } from '../support/guarded-sender.ts';
import { randomOctets } from '../support/random-pool.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';
import { RoleLog } from '../support/role-log.ts';
import type { MobilityHeaders } from './mobility-headers.ts';
import { MobilityState, type MobilityStateOptions } from './mobility-state.ts';

type BindAgain = Extract<BindingRequest, { readonly kind: 'bind-again' }>;
type TestInput = Extract<MobileNodeInput, { readonly kind: 'start-return-routability' }>;
type BindInput = Extract<MobileNodeInput, { readonly kind: 'bind' }>;
/** How a Binding Update leaves, and what data does until it is acknowledged: see BindingRequest. */
type Transmitting = Partial<
  Pick<Extract<BindingRequest, { readonly kind: 'bind' }>, 'copies' | 'optimisesAt'>
>;

interface HomeRegistrationOptions {
  readonly lifetimeSeconds: number;
  /** with the home agent; absent: nothing is protected */
  readonly associations?: HomeAssociations;
  /** of the first Binding Update; default: a random one, or the one after the last */
  readonly sequence?: number;
}

export interface MobilityOptions extends MobilityStateOptions {
  readonly careOfAddress: Ipv6Address;
  readonly homeAgent: Ipv6Address;
  readonly bindingLifetimeSeconds: number;
  /** how soon a client without Mobile IPv6 is found out, and for how long it is left alone; see MobileNodeConfig */
  readonly patience?: Pick<MobileNodeConfig, 'retransmissionLimit' | 'unsupportedSeconds'>;
  readonly headers: Pick<MobilityHeaders, 'add'> & { readonly socket: Pick<MobilityHeaderSocket, 'send'> };
  readonly log: EventWriter;
  /** A client's binding is about to be deleted, since it has left. */
  onLettingGo?(correspondent: Ipv6Address): void;
  /** Sees every event of the mobile node role, after the log. */
  onEvent(event: MobileNodeEvent): void;
}

/** What a handoff asks of the member's mobile-node part. */
export type ClientBindings = Pick<
  Mobility,
  | 'startReturnRoutability'
  | 'bindAsAcceptor'
  | 'bindAgain'
  | 'adopt'
  | 'testHome'
  | 'holdsHomeToken'
  | 'bindFor'
  | 'renew'
  | 'contest'
  | 'reclaim'
  | 'suspend'
  | 'stopOptimising'
  | 'resume'
  | 'forget'
  | 'handedOff'
  | 'lastSequence'
>;

/**
 * A member's mobile-node part for one contact address: the role of RFC 6275 §11, and the kernel state that it desires.
 */
export class Mobility {
  readonly #options: MobilityOptions;
  readonly #role: MobileNode;
  readonly #driver: RoleDriver<MobileNodeInput, MobileNodeOutput>;
  readonly #sender: GuardedSender;
  readonly #roleLog: RoleLog;
  readonly #kernel: MobilityState;
  readonly #suspended = new Set<Ipv6Address>();
  readonly #defended = new Set<Ipv6Address>();
  #homeRegistered = false;

  constructor(options: MobilityOptions) {
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

  /** The home agent has accepted the registration of the contact address. */
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

  /** Route optimisation with a client that has just come: return routability, then a Binding Update (RFC 6275 §11.7.2). */
  optimizeRoute(correspondent: Ipv6Address): void {
    this.#startReturnRoutability(correspondent, {});
    this.bind(correspondent);
  }

  /** Of a client that is bound already, to another member: whatever it answered before, it has Mobile IPv6. `home`: that member's token. */
  startReturnRoutability(correspondent: Ipv6Address, home?: HomeProof): void {
    const { homeKeygenToken: token, homeNonceIndex: nonceIndex, ageMs = 0 } = home ?? {};
    const given =
      token === undefined || nonceIndex === undefined ? {} : { home: { token, nonceIndex, ageMs } };
    this.#startReturnRoutability(correspondent, { bound: true, ...given });
  }

  /** The same before the tokens of an earlier run are too old; those are good until the answers come. */
  renewReturnRoutability(correspondent: Ipv6Address): void {
    this.#startReturnRoutability(correspondent, { bound: true, renewed: true });
  }

  /** Another member may take this client over: from now on it is asked, not bound, where it may have done so. */
  defend(correspondent: Ipv6Address): void {
    this.#defended.add(correspondent);
    this.#driver.handle({ kind: 'defend', correspondent });
  }

  /** Takes a client over whose member has died, under this number and no other; what leaves for the client from now on takes the new route. */
  takeOver(correspondent: Ipv6Address, sequence: number): void {
    this.startReturnRoutability(correspondent);
    this.#bind(correspondent, { kind: 'fixed', number: sequence }, { activate: 'on-update' });
  }

  /** No Binding Update to this client has this number or one before it any more. */
  burn(correspondent: Ipv6Address, sequence: number): void {
    this.#driver.handle({ kind: 'burn', correspondent, sequence });
  }

  /** A Binding Update, once return routability has been run. */
  bind(correspondent: Ipv6Address): void {
    this.#bind(correspondent, { kind: 'own' });
  }

  /** The Binding Update of an acceptor, its number the one after the donor's last; gives way to a donor that takes back. */
  bindAsAcceptor(
    correspondent: Ipv6Address,
    lastSequence: number,
    insists = false,
    how: Transmitting = {},
  ): void {
    this.#bind(correspondent, numberingOf({ kind: 'bind', lastSequence, insists }), transmissionOf(how));
  }

  /** Another node of this home address has bound the correspondent to this member, under this sequence number at last. */
  adopt(correspondent: Ipv6Address, sequence: number): void {
    const { careOfAddress, bindingLifetimeSeconds: lifetimeSeconds } = this.#options;
    this.#driver.handle({ kind: 'adopt', correspondent, careOfAddress, lifetimeSeconds, sequence });
  }

  /** Gets a home keygen token for `bindFor`, in time. */
  testHome(correspondent: Ipv6Address): void {
    this.#driver.handle({ kind: 'test-home', correspondent });
  }

  holdsHomeToken(correspondent: Ipv6Address): boolean {
    return this.#role.holdsHomeToken(correspondent, monotonicMs());
  }

  /** This member's home keygen token, for another one. */
  homeProof(correspondent: Ipv6Address): HomeProof | undefined {
    const tested = this.#role.homeToken(correspondent, monotonicMs());
    return (
      tested && { homeKeygenToken: tested.token, homeNonceIndex: tested.nonceIndex, ageMs: tested.ageMs }
    );
  }

  /** Binds the correspondent to the member at `careOfAddress`, behind the last octets that have gone to it from here. */
  bindFor(
    correspondent: Ipv6Address,
    careOfAddress: Ipv6Address,
    { careOfKeygenToken, careOfNonceIndex }: CareOfProof,
    copies: number,
  ): void {
    const { bindingLifetimeSeconds: lifetimeSeconds } = this.#options;
    this.#suspended.add(correspondent);
    const proof = { careOfAddress, careOfKeygenToken, careOfNonceIndex };
    this.#driver.handle({ kind: 'bind-for', correspondent, ...proof, lifetimeSeconds, copies });
  }

  /** That the correspondent has been tested at this member, for `bindFor` of another one. */
  careOfProof(correspondent: Ipv6Address): CareOfProof | undefined {
    const tested = this.#role.careOfToken(correspondent, monotonicMs());
    if (tested === undefined) return undefined;
    const { token: careOfKeygenToken, nonceIndex: careOfNonceIndex, ageMs, roundTripMs } = tested;
    return { careOfKeygenToken, careOfNonceIndex, ageMs, tripMs: roundTripMs / 2 };
  }

  /** The same once more, above the first number: that one is nobody else's. */
  bindAgain(correspondent: Ipv6Address, how: Omit<BindAgain, 'kind'>): void {
    this.#bind(correspondent, numberingOf({ kind: 'bind-again', ...how }), transmissionOf(how));
  }

  /** One more Binding Update, to learn whether the client still is this member's. */
  renew(correspondent: Ipv6Address): void {
    this.#bind(correspondent, numberingOf({ kind: 'renew' }));
  }

  /** Binds a client again, unless another member has bound it under this number or a later one. */
  contest(correspondent: Ipv6Address, sequence: number): void {
    this.startReturnRoutability(correspondent);
    this.#bind(correspondent, numberingOf({ kind: 'contest', sequence }));
  }

  /**
   * Binds a client again that may have lost its binding, and its nonces with it: return routability anew, then the next number. Gives way to another
   * member that has bound it since; while the client is on its way to one, nothing happens.
   */
  startOver(correspondent: Ipv6Address): void {
    if (this.#suspended.has(correspondent)) return;
    this.#startReturnRoutability(correspondent, { fresh: true, bound: true });
    this.renew(correspondent);
  }

  /** Takes a client back from another member: return routability where its tokens are too old, then this sequence number. */
  reclaim(correspondent: Ipv6Address, sequence: number): void {
    this.#suspended.delete(correspondent);
    this.startReturnRoutability(correspondent);
    this.#bind(correspondent, numberingOf({ kind: 'reclaim', sequence }));
  }

  /** While a client is on its way to another member, nothing that happens makes this member bind it again. */
  suspend(correspondent: Ipv6Address): void {
    this.#suspended.add(correspondent);
    this.#driver.handle({ kind: 'suspend', correspondent });
  }

  /** The same, and what this node sends goes through the home agent; `resume` ends that where the binding is in force still. */
  stopOptimising(correspondent: Ipv6Address): void {
    this.#suspended.add(correspondent);
    this.#driver.handle({ kind: 'suspend', correspondent, optimises: false });
  }

  resume(correspondent: Ipv6Address): void {
    this.#suspended.delete(correspondent);
    this.#driver.handle({ kind: 'resume', correspondent });
  }

  /** Deletes the binding, unless it is another member's by now. */
  unbind(correspondent: Ipv6Address): void {
    this.#options.onLettingGo?.(correspondent);
    this.#driver.handle({
      kind: 'unbind',
      correspondent,
      acknowledge: true,
      numbering: { kind: 'yielding' },
    });
  }

  /** Deletes the binding of another member that has ended, under this sequence number and no other. */
  release(correspondent: Ipv6Address, sequence: number): void {
    const { careOfAddress } = this.#options;
    const numbering = { kind: 'fixed', number: sequence } as const;
    this.#driver.handle({ kind: 'unbind', correspondent, acknowledge: true, numbering, careOfAddress });
  }

  forget(correspondent: Ipv6Address): void {
    this.#suspended.delete(correspondent);
    this.#defended.delete(correspondent);
    this.#driver.handle({ kind: 'forget', correspondent });
  }

  /** What this member had of the client is another member's now. */
  handedOff(correspondent: Ipv6Address): void {
    this.forget(correspondent);
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

  /**
   * A client that has lost its binding, by a restart for example, has lost its nonces too: start over (RFC 6275 §11.3.6).
   * At an acceptor this cannot wait, for the client's packets go to the contact node until then.
   */
  #onBindingError({ correspondent, status }: { correspondent: Ipv6Address; status: number }): void {
    if (status !== BindingErrorStatus.unknownBindingForHomeAddressOption) return;
    if (this.#suspended.has(correspondent)) return;
    if (this.#defended.has(correspondent)) {
      this.startOver(correspondent);
      return;
    }
    this.#startReturnRoutability(correspondent, { fresh: true, bound: true });
    this.bind(correspondent);
  }

  #startReturnRoutability(
    correspondent: Ipv6Address,
    how: Pick<TestInput, 'fresh' | 'renewed' | 'bound' | 'home'>,
  ): void {
    const { careOfAddress } = this.#options;
    this.#driver.handle({ kind: 'start-return-routability', correspondent, careOfAddress, ...how });
  }

  #bind(
    correspondent: Ipv6Address,
    numbering: Numbering,
    how: Pick<BindInput, 'copies' | 'activate'> = {},
  ): void {
    const lifetimeSeconds = this.#options.bindingLifetimeSeconds;
    const what = { correspondent, lifetimeSeconds, acknowledge: true, refresh: true };
    this.#driver.handle({ kind: 'bind', ...what, numbering, ...how });
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
        if (output.event.kind === 'home-registered') this.#homeRegistered = true;
        if (output.event.kind === 'binding-error') this.#onBindingError(output.event);
        this.#options.onEvent(output.event);
        return;
      default:
        output satisfies never;
    }
  }
}

function transmissionOf({
  copies = 1,
  optimisesAt = 'acknowledgement',
}: Transmitting): Pick<BindInput, 'copies' | 'activate'> {
  return { copies, activate: optimisesAt === 'update' ? 'on-update' : 'on-acknowledgement' };
}
