import type { MobileNodeInput } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Numbering } from '../../mip6/roles/mobile-node/numbering.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { BindingErrorStatus } from '../../mip6/wire/constants.ts';
import { type BindingRequest, type CareOfProof, numberingOf } from './client-bindings.ts';

type TestInput = Extract<MobileNodeInput, { readonly kind: 'start-return-routability' }>;
type BindInput = Extract<MobileNodeInput, { readonly kind: 'bind' }>;

export interface ClientRoutePlan {
  readonly careOfAddress: Ipv6Address;
  readonly bindingLifetimeSeconds: number;
  /** A client's binding is about to be deleted, since it has left. */
  onLettingGo?(correspondent: Ipv6Address): void;
}

/** What a member asks of its mobile-node part about clients, for each of its reasons, and what it does about a client that has lost its binding. */
export class ClientRoutes {
  readonly #plan: ClientRoutePlan;
  readonly #handle: (input: MobileNodeInput) => void;
  /** on their way to another member */
  readonly #suspended = new Set<Ipv6Address>();
  /** another member may take them over */
  readonly #defended = new Set<Ipv6Address>();

  /** `handle`: the mobile node role, which is told the time there. */
  constructor(plan: ClientRoutePlan, handle: (input: MobileNodeInput) => void) {
    this.#plan = plan;
    this.#handle = handle;
  }

  /** Route optimisation with a client that has just come: return routability, then a Binding Update (RFC 6275 §11.7.2). */
  optimizeRoute(correspondent: Ipv6Address): void {
    this.#test(correspondent, {});
    this.#bind(correspondent, { kind: 'own' });
  }

  /** What a handoff asks for; an answer, if there is one, comes as an event of the role (`answerOfEvent`). */
  ask(correspondent: Ipv6Address, request: BindingRequest): void {
    if (request.kind === 'adopt') {
      const { careOfAddress, bindingLifetimeSeconds: lifetimeSeconds } = this.#plan;
      const { sequence } = request;
      this.#handle({ kind: 'adopt', correspondent, careOfAddress, lifetimeSeconds, sequence });
      return;
    }
    if (request.kind === 'reclaim') this.#suspended.delete(correspondent);
    // Of a client that is bound already: whatever it answered before, it has Mobile IPv6. A donor's tokens may be too old by now.
    if (testsFirst.includes(request.kind)) this.#test(correspondent, { bound: true, ...testsOf(request) });
    if (request.kind !== 'start-return-routability')
      this.#bind(correspondent, numberingOf(request), transmissionOf(request));
  }

  /** Return routability before the tokens of an earlier run are too old; those are good until the answers come. */
  renewReturnRoutability(correspondent: Ipv6Address): void {
    this.#test(correspondent, { bound: true, renewed: true });
  }

  /** Another member may take this client over: from now on it is asked, not bound, where it may have done so. */
  defend(correspondent: Ipv6Address): void {
    this.#defended.add(correspondent);
    this.#handle({ kind: 'defend', correspondent });
  }

  /** Takes a client over whose member has died, under this number and no other; what leaves for the client from now on takes the new route. */
  takeOver(correspondent: Ipv6Address, sequence: number): void {
    this.#test(correspondent, { bound: true });
    this.#bind(correspondent, { kind: 'fixed', number: sequence }, { activate: 'on-update' });
  }

  /** No Binding Update to this client has this number or one before it any more. */
  burn(correspondent: Ipv6Address, sequence: number): void {
    this.#handle({ kind: 'burn', correspondent, sequence });
  }

  /** Gets a home keygen token for `bindFor`, in time. */
  testHome(correspondent: Ipv6Address): void {
    this.#handle({ kind: 'test-home', correspondent });
  }

  /** Binds the correspondent to the member at `careOfAddress`, behind the last octets that have gone to it from here. */
  bindFor(
    correspondent: Ipv6Address,
    careOfAddress: Ipv6Address,
    { careOfKeygenToken, careOfNonceIndex }: CareOfProof,
    copies: number,
  ): void {
    const { bindingLifetimeSeconds: lifetimeSeconds } = this.#plan;
    this.#suspended.add(correspondent);
    const proof = { careOfAddress, careOfKeygenToken, careOfNonceIndex };
    this.#handle({ kind: 'bind-for', correspondent, ...proof, lifetimeSeconds, copies });
  }

  /**
   * Binds a client again that may have lost its binding, and its nonces with it: return routability anew, then the next number. Gives way to another
   * member that has bound it since; while the client is on its way to one, nothing happens.
   */
  startOver(correspondent: Ipv6Address): void {
    if (this.#suspended.has(correspondent)) return;
    this.#test(correspondent, { fresh: true, bound: true });
    this.#bind(correspondent, numberingOf({ kind: 'renew' }));
  }

  /**
   * The client has answered with a Binding Error. One that has lost its binding, by a restart for example, has lost its nonces too: start over
   * (RFC 6275 §11.3.6). At an acceptor this cannot wait, for the client's packets go to the contact node until then.
   */
  refused({ correspondent, status }: { readonly correspondent: Ipv6Address; readonly status: number }): void {
    if (status !== BindingErrorStatus.unknownBindingForHomeAddressOption) return;
    if (this.#defended.has(correspondent)) this.startOver(correspondent);
    else if (!this.#suspended.has(correspondent)) {
      this.#test(correspondent, { fresh: true, bound: true });
      this.#bind(correspondent, { kind: 'own' });
    }
  }

  /** While a client is on its way to another member, nothing that happens makes this member bind it again. */
  suspend(correspondent: Ipv6Address): void {
    this.#suspended.add(correspondent);
    this.#handle({ kind: 'suspend', correspondent });
  }

  /** The same, and what this node sends goes through the home agent; `resume` ends that where the binding is in force still. */
  stopOptimising(correspondent: Ipv6Address): void {
    this.#suspended.add(correspondent);
    this.#handle({ kind: 'suspend', correspondent, optimises: false });
  }

  resume(correspondent: Ipv6Address): void {
    this.#suspended.delete(correspondent);
    this.#handle({ kind: 'resume', correspondent });
  }

  /** Deletes the binding, unless it is another member's by now. */
  unbind(correspondent: Ipv6Address): void {
    this.#plan.onLettingGo?.(correspondent);
    const numbering = { kind: 'yielding' } as const;
    this.#handle({ kind: 'unbind', correspondent, acknowledge: true, numbering });
  }

  /** Deletes the binding of another member that has ended, under this sequence number and no other. */
  release(correspondent: Ipv6Address, sequence: number): void {
    const { careOfAddress } = this.#plan;
    const numbering = { kind: 'fixed', number: sequence } as const;
    this.#handle({ kind: 'unbind', correspondent, acknowledge: true, numbering, careOfAddress });
  }

  forget(correspondent: Ipv6Address): void {
    this.#suspended.delete(correspondent);
    this.#defended.delete(correspondent);
    this.#handle({ kind: 'forget', correspondent });
  }

  /** What this member had of the client is another member's now. */
  handedOff(correspondent: Ipv6Address): void {
    this.forget(correspondent);
  }

  #test(correspondent: Ipv6Address, how: Pick<TestInput, 'fresh' | 'renewed' | 'bound' | 'home'>): void {
    const { careOfAddress } = this.#plan;
    this.#handle({ kind: 'start-return-routability', correspondent, careOfAddress, ...how });
  }

  #bind(correspondent: Ipv6Address, numbering: Numbering, how: Pick<BindInput, 'copies' | 'activate'> = {}) {
    const { bindingLifetimeSeconds: lifetimeSeconds } = this.#plan;
    const what = { correspondent, lifetimeSeconds, acknowledge: true, refresh: true };
    this.#handle({ kind: 'bind', ...what, numbering, ...how });
  }
}

const testsFirst: readonly BindingRequest['kind'][] = ['start-return-routability', 'contest', 'reclaim'];

/** Which tests are run: without a donor's half of them, or all of them though there are tokens. */
function testsOf(request: BindingRequest): Pick<TestInput, 'home' | 'renewed'> {
  if (request.kind !== 'start-return-routability') return {};
  const renewed = request.renewed === true ? { renewed: true } : {};
  if (request.home === undefined) return renewed;
  const { homeKeygenToken: token, homeNonceIndex: nonceIndex, ageMs } = request.home;
  return { ...renewed, home: { token, nonceIndex, ageMs } };
}

/** How a Binding Update leaves, and what data does until it is acknowledged. */
function transmissionOf(request: BindingRequest): Pick<BindInput, 'copies' | 'activate'> {
  if (request.kind !== 'bind' && request.kind !== 'bind-again') return {};
  const copies = request.kind === 'bind' ? (request.copies ?? 1) : 1;
  return { copies, activate: request.optimisesAt === 'update' ? 'on-update' : 'on-acknowledgement' };
}
