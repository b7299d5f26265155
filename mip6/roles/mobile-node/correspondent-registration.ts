import type { Ipv6Address } from '../../wire/address.ts';
import { MAX_BINDACK_TIMEOUT, MAX_RR_BINDING_LIFETIME } from '../../wire/constants.ts';
import type { BindingAcknowledgement } from '../../wire/messages.ts';
import { earliest, secondsToMs } from '../shared/instants.ts';
import type { Instant } from '../shared/role.ts';
import { BindingUpdateExchange } from './binding-update-exchange.ts';
import { BindingUpkeep } from './binding-upkeep.ts';
import type { UpdateRequest } from './correspondent-updates.ts';
import { KernelBinding } from './kernel-binding.ts';
import { type MobileNodeContext, report } from './mobile-node-context.ts';
import type { MobileNodeDiscardReason } from './mobile-node-types.ts';
import { grantedLifetime, type RegisteredLifetime, registeredLifetime } from './registered-lifetime.ts';
import type { ReturnRoutability } from './return-routability.ts';

interface Registered {
  readonly request: UpdateRequest;
  readonly careOfAddress: Ipv6Address;
  readonly lifetime: RegisteredLifetime;
  /** false while nothing but the sent update speaks for it */
  readonly acknowledged: boolean;
  /** as long behind the answer as that took: data which overtook the update is still complained of */
  readonly complainedOfUntil?: Instant;
}

/** One correspondent's entry in the Binding Update List: the binding it holds for us, as far as we know (RFC 6275 §11.1). */
export class CorrespondentRegistration {
  readonly exchange: BindingUpdateExchange;
  readonly #context: MobileNodeContext;
  readonly #correspondent: Ipv6Address;
  readonly #kernel: KernelBinding;
  readonly #upkeep = new BindingUpkeep();
  #registered: Registered | undefined;
  /** the client has been asked whose it is, under a number that is another node's as well, and has not answered: nothing goes beyond it */
  #contest: UpdateRequest | undefined;
  /** The number of the binding in force has been refused, and another transmission of it may have been accepted. */
  #inDoubt = false;

  constructor(context: MobileNodeContext, correspondent: Ipv6Address, routability: ReturnRoutability) {
    this.#context = context;
    this.#correspondent = correspondent;
    this.#kernel = new KernelBinding(context, correspondent);
    this.exchange = new BindingUpdateExchange(context, correspondent, routability, {
      beforeSend: (request, careOfAddress) => this.#beforeSend(request, careOfAddress),
      afterSend: (request, careOfAddress, sequence, now) =>
        this.#afterSend(request, careOfAddress, sequence, now),
    });
  }

  /** The correspondent has a binding of ours that it acknowledged. */
  get acknowledgedOnce(): boolean {
    return this.#registered?.acknowledged === true;
  }

  /** When the binding in force ends; undefined while there is none that the correspondent has acknowledged. */
  get acknowledgedUntil(): Instant | undefined {
    const registered = this.#registered;
    return registered?.acknowledged === true ? registered.lifetime.expiresAt : undefined;
  }

  /**
   * Another node has bound the correspondent to this care-of address: that is taken for true, and asked after at `confirmAt` by a
   * Binding Update of this node's own.
   */
  adopt(careOfAddress: Ipv6Address, lifetimeSeconds: number, confirmAt: Instant, now: Instant): void {
    const numbering = { kind: 'yielding' } as const;
    const what = { kind: 'bind', lifetimeSeconds, acknowledge: true, refresh: true, numbering } as const;
    const request = { ...what, activate: 'on-update', copies: 1, refusals: 0 } as const;
    const lifetime = registeredLifetime(now, lifetimeSeconds, this.#context.refreshAt);
    this.#registered = { request, careOfAddress, lifetime, acknowledged: false };
    this.#upkeep.resume();
    this.#upkeep.keep(request, confirmAt);
    this.#kernel.activate(careOfAddress);
  }

  /** Takes an acknowledgement; a reason if it was not for us. */
  acknowledged(
    message: BindingAcknowledgement,
    bytes: Uint8Array,
    now: Instant,
  ): MobileNodeDiscardReason | undefined {
    const outcome = this.exchange.acknowledged(message, bytes, now);
    switch (outcome.kind) {
      case 'discarded':
        return outcome.reason;
      case 'accepted':
        this.#accept(message, outcome, now);
        return undefined;
      case 'refused': {
        const { status, sequence } = message;
        const { retrying, oursSince } = outcome;
        report(this.#context, { kind: 'binding-rejected', ...this.#who(), status, sequence, retrying });
        // Data that did not wait for the acknowledgement, or that went before the client was asked, go on until it is known whose the number is.
        const isOpen = this.#contest !== undefined || this.#registered?.acknowledged === false;
        this.#inDoubt = oursSince !== undefined && isOpen;
        if (oursSince !== undefined) this.#overtaken(oursSince, now);
        if (!retrying) this.#contest = undefined;
        if (!retrying && !this.#inDoubt) this.drop();
        return undefined;
      }
      default:
        return outcome satisfies never;
    }
  }

  /** Sends Binding Updates of this request until one is acknowledged; a question that has no answer yet comes first. */
  start(request: UpdateRequest, now: Instant): void {
    if (this.#upkeep.defended && request.kind === 'bind' && request.numbering.kind === 'fixed')
      this.#contest = request;
    const asks = request.numbering.kind === 'yielding' ? this.#contest : undefined;
    this.exchange.start(asks ?? request, now);
  }

  /** Renews a binding in force if that was asked for; false without a binding. */
  refresh(now: Instant): boolean {
    const registered = this.#registered;
    if (registered === undefined) return false;
    const { request, lifetime } = registered;
    if (!request.refresh || this.#upkeep.suspended || !this.exchange.idle) return true;
    // Due once: of a renewal that nobody answers `abandon` says when it is asked for again.
    this.#registered = { ...registered, lifetime: { ...lifetime, refreshAt: lifetime.expiresAt } };
    this.start({ ...request, refusals: 0 }, now);
    return true;
  }

  /** See the input `defend`. */
  defend(): void {
    this.#upkeep.defend();
    this.exchange.sequence.fix();
    const registered = this.#registered;
    if (registered !== undefined)
      this.#registered = { ...registered, request: this.#upkeep.renewalOf(registered.request) };
  }

  /** As long as this is suspended the binding is not renewed, and an update without an answer is given up without a word. */
  suspend(optimises: boolean): void {
    this.#upkeep.suspend(!this.exchange.idle);
    if (!optimises && this.#registered !== undefined) this.#kernel.demote(this.#registered.careOfAddress);
    this.exchange.stop();
  }

  resume(): void {
    this.#upkeep.resume();
    if (this.#registered !== undefined) this.#kernel.activate(this.#registered.careOfAddress);
  }

  /**
   * The correspondent says that it has no binding; false when there is none, or when its update is still on the way. One that another
   * node should have made is made by this one at once.
   */
  disowned(now: Instant): boolean {
    const registered = this.#registered;
    if (registered?.complainedOfUntil !== undefined && now < registered.complainedOfUntil) return false;
    if (registered === undefined || !(registered.acknowledged || this.exchange.idle)) return false;
    const confirming = registered.acknowledged ? undefined : this.#upkeep.takeDue();
    if (confirming !== undefined) {
      this.exchange.start(confirming, now);
      return false;
    }
    this.#lose(registered);
    // Whoever has the number is asked about elsewhere: nothing is made up for here.
    return !this.#inDoubt;
  }

  /**
   * An update was given up: what the correspondent acknowledged before stays until it expires. A binding that was to be renewed is asked for again
   * later, however often (§11.8): the way to the correspondent may have been closed only for a time.
   */
  abandon(now: Instant): void {
    const { standing } = this.#upkeep;
    const contest = this.#contest;
    this.exchange.stop();
    if (this.#registered?.acknowledged !== true) this.drop();
    this.#contest = contest;
    if (standing === undefined || this.#upkeep.suspended) return;
    this.#upkeep.keep(standing, now + secondsToMs(MAX_BINDACK_TIMEOUT));
  }

  /** Ends everything here without a message. */
  drop(): void {
    this.#inDoubt = false;
    this.#contest = undefined;
    this.exchange.stop();
    this.#registered = undefined;
    this.#upkeep.end();
    this.#kernel.clear();
  }

  deadline(): Instant | undefined {
    const { expiresAt, refreshAt } = this.#registered?.lifetime ?? {};
    const { suspended, againAt } = this.#upkeep;
    const refreshes = this.#registered?.request.refresh === true && !suspended && this.exchange.idle;
    const again = this.exchange.idle ? againAt : undefined;
    return earliest([expiresAt, refreshes ? refreshAt : undefined, again, this.exchange.deadline()]);
  }

  handleTimeout(now: Instant): void {
    const registered = this.#registered;
    if (registered !== undefined && registered.lifetime.expiresAt <= now) {
      this.#lose(registered);
      report(this.#context, { kind: 'binding-expired', ...this.#who() });
    } else if (registered !== undefined && registered.lifetime.refreshAt <= now) {
      this.refresh(now);
    }
    const again = this.exchange.idle ? this.#upkeep.due(now) : undefined;
    if (again !== undefined) this.start(again, now);
    const givenUp = this.exchange.handleTimeout(now);
    if (givenUp === undefined) return;
    this.abandon(now);
    report(this.#context, { kind: 'gave-up', ...this.#who(), step: 'binding-update' });
  }

  // The Home Address option's policy first; a deletion ends route optimisation before it is announced.
  #beforeSend({ kind }: UpdateRequest, careOfAddress: Ipv6Address): void {
    this.#upkeep.updateLeaves();
    this.#inDoubt = false;
    if (kind === 'bind') {
      this.#kernel.prepare(careOfAddress);
      return;
    }
    this.#registered = undefined;
    this.#upkeep.end();
    this.#kernel.demote(careOfAddress);
  }

  #afterSend(request: UpdateRequest, careOfAddress: Ipv6Address, sequence: number, now: Instant): void {
    if (request.kind === 'unbind') {
      if (!request.acknowledge) this.#deleted(sequence);
      return;
    }
    if (request.acknowledge && request.activate === 'on-acknowledgement') return;
    // §9.5.2: whatever was asked for, a correspondent keeps it no longer.
    const lifetimeSeconds = Math.min(request.lifetimeSeconds, MAX_RR_BINDING_LIFETIME);
    const lifetime = registeredLifetime(now, lifetimeSeconds, this.#context.refreshAt);
    const before = this.#registered;
    const acknowledged = before?.acknowledged === true && before.careOfAddress === careOfAddress;
    this.#registered = { request, careOfAddress, lifetime, acknowledged };
    this.#kernel.activate(careOfAddress);
  }

  #accept(
    message: BindingAcknowledgement,
    accepted: {
      readonly request: UpdateRequest;
      readonly careOfAddress: Ipv6Address;
      readonly sentAt: Instant;
    },
    now: Instant,
  ): void {
    const { request, careOfAddress, sentAt } = accepted;
    const { status, sequence } = message;
    if (request.kind === 'unbind') {
      this.#deleted(sequence);
      return;
    }
    const lifetimeSeconds = Math.min(grantedLifetime(message, request), MAX_RR_BINDING_LIFETIME);
    const lifetime = registeredLifetime(sentAt, lifetimeSeconds, this.#context.refreshAt);
    this.#contest = undefined;
    const further = this.#upkeep.renewalOf(request);
    // Only data that did not wait for the acknowledgement may have overtaken the update.
    const overtaking = request.activate === 'on-update' ? { complainedOfUntil: now + (now - sentAt) } : {};
    this.#registered = { request: further, careOfAddress, lifetime, acknowledged: true, ...overtaking };
    this.#upkeep.keep(request.refresh ? further : undefined);
    this.#kernel.activate(careOfAddress);
    const granted = { status, careOfAddress, sequence, lifetimeSeconds };
    report(this.#context, { kind: 'binding-acknowledged', ...this.#who(), ...granted });
  }

  /** Where an answer has overtaken another one, data that did not wait for either may have overtaken the update. */
  #overtaken(sentAt: Instant, now: Instant): void {
    const registered = this.#registered;
    if (registered?.request.activate !== 'on-update') return;
    this.#registered = { ...registered, complainedOfUntil: now + (now - sentAt) };
  }

  #lose({ careOfAddress }: Registered): void {
    this.#registered = undefined;
    if (this.exchange.idle) this.#kernel.clear();
    else this.#kernel.demote(careOfAddress);
  }

  #deleted(sequence: number): void {
    this.#kernel.clear();
    report(this.#context, { kind: 'binding-deleted', ...this.#who(), sequence });
  }

  #who(): { readonly correspondent: Ipv6Address } {
    return { correspondent: this.#correspondent };
  }
}
