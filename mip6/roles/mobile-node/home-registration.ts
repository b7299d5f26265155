import type { Ipv6Address } from '../../wire/address.ts';
import {
  BindingStatus,
  INITIAL_BINDACK_TIMEOUT,
  InitialBindackTimeoutFirstReg,
  isAcceptedStatus,
  MAX_UPDATE_RATE,
} from '../../wire/constants.ts';
import type { BindingAcknowledgement } from '../../wire/messages.ts';
import { earliest } from '../shared/instants.ts';
import { RateLimit } from '../shared/rate-limit.ts';
import type { Instant } from '../shared/role.ts';
import { type HomeRequest, updateToHomeAgent } from './home-updates.ts';
import { KernelHomeBinding } from './kernel-home-binding.ts';
import { type MobileNodeContext, report } from './mobile-node-context.ts';
import type { MobileNodeDiscardReason } from './mobile-node-types.ts';
import { findSent, type OutstandingUpdates, updateSent } from './outstanding-updates.ts';
import { grantedLifetime, homeRegistrationLifetime, type RegisteredLifetime } from './registered-lifetime.ts';
import { UpdateSequence } from './update-sequence.ts';

type HomeState =
  | { readonly state: 'idle' }
  /** by MAX_UPDATE_RATE */
  | { readonly state: 'held-back'; readonly request: HomeRequest; readonly until: Instant }
  | {
      readonly state: 'awaiting-acknowledgement';
      readonly request: HomeRequest;
      readonly outstanding: OutstandingUpdates;
    };

interface Registered {
  readonly request: HomeRequest;
  readonly lifetime: RegisteredLifetime;
}

const IDLE: HomeState = { state: 'idle' };
const SECOND_MS = 1000;

/** The mobile node's registration with its home agent (RFC 6275 §11.7.1): never gives up, renews itself. */
export class HomeRegistration {
  readonly sequence: UpdateSequence;
  readonly #context: MobileNodeContext;
  readonly #kernel: KernelHomeBinding;
  readonly #rate = new RateLimit(MAX_UPDATE_RATE, SECOND_MS);
  #state: HomeState = IDLE;
  #registered: Registered | undefined;

  constructor(context: MobileNodeContext) {
    this.sequence = new UpdateSequence(context.random);
    this.#context = context;
    this.#kernel = new KernelHomeBinding(context);
  }

  /** The home agent in use, or being asked. */
  get homeAgent(): Ipv6Address | undefined {
    return this.#kernel.current?.homeAgent;
  }

  /** Registers, or moves, the home binding. */
  register(request: HomeRequest, now: Instant): void {
    this.#attempt(request, undefined, now);
  }

  /** Asks the home agent to end the binding; nothing without one. */
  deregister(now: Instant): void {
    const current = this.#state.state === 'idle' ? this.#registered?.request : this.#state.request;
    if (current === undefined) return;
    const { homeAgent, careOfAddress } = current;
    const request = {
      kind: 'deregister',
      homeAgent,
      careOfAddress,
      lifetimeSeconds: 0,
      refusals: 0,
    } as const;
    this.#attempt(request, undefined, now);
  }

  /** Ends everything here without a message. */
  drop(): void {
    this.#state = IDLE;
    this.#registered = undefined;
    this.#kernel.clear();
  }

  /** Takes an acknowledgement from the home agent; a reason if it was not awaited. */
  acknowledged(message: BindingAcknowledgement, now: Instant): MobileNodeDiscardReason | undefined {
    const state = this.#state;
    if (state.state !== 'awaiting-acknowledgement') return 'acknowledgement-without-update';
    const sent = findSent(state.outstanding, message.sequence);
    if (message.status === BindingStatus.sequenceNumberOutOfWindow) {
      this.#resynchronise(message, state.request, now);
      return undefined;
    }
    if (sent === undefined) return 'acknowledgement-sequence-mismatch';
    if (isAcceptedStatus(message.status)) this.#accept(message, state.request, sent.at);
    else this.#reject(message, state.request.homeAgent, false);
    return undefined;
  }

  deadline(): Instant | undefined {
    const state = this.#state;
    const { expiresAt, refreshAt } = this.#registered?.lifetime ?? {};
    return earliest([
      expiresAt,
      state.state === 'idle' ? refreshAt : undefined,
      state.state === 'held-back' ? state.until : undefined,
      state.state === 'awaiting-acknowledgement' ? state.outstanding.timer.nextAt : undefined,
    ]);
  }

  handleTimeout(now: Instant): void {
    this.#expire(now);
    const state = this.#state;
    const registered = this.#registered;
    if (state.state === 'idle' && registered !== undefined && registered.lifetime.refreshAt <= now) {
      this.#attempt({ ...registered.request, refusals: 0 }, undefined, now);
    } else if (state.state === 'held-back' && state.until <= now) {
      this.#attempt(state.request, undefined, now);
    } else if (state.state === 'awaiting-acknowledgement' && state.outstanding.timer.nextAt <= now) {
      this.#retransmit(state.request, state.outstanding, now);
    }
  }

  #expire(now: Instant): void {
    const registered = this.#registered;
    if (registered === undefined || registered.lifetime.expiresAt > now) return;
    this.#registered = undefined;
    report(this.#context, {
      kind: 'home-registration-expired',
      homeAgent: registered.request.homeAgent,
    });
    this.#kernel.demote(registered.request);
  }

  #retransmit(request: HomeRequest, outstanding: OutstandingUpdates, now: Instant): void {
    const limit = this.#context.retransmissionLimit;
    if (request.kind === 'register' || outstanding.timer.sent <= limit) {
      this.#attempt(request, outstanding, now);
      return;
    }
    this.drop();
    report(this.#context, { kind: 'gave-up', correspondent: request.homeAgent, step: 'binding-update' });
  }

  #attempt(request: HomeRequest, before: OutstandingUpdates | undefined, now: Instant): void {
    const until = this.#rate.nextAllowed(now);
    if (until > now) {
      this.#state = { state: 'held-back', request, until };
      return;
    }
    this.#rate.use(now);
    const sequence = this.sequence.take(request.sequence);
    if (request.kind === 'register') this.#kernel.prepare(request);
    this.#context.counters.add('sent.home-binding-update');
    this.#context.outbox.push(updateToHomeAgent(request, this.#context.homeAddress, sequence));
    const { sequence: _, ...further } = request;
    const first = this.#registered === undefined ? InitialBindackTimeoutFirstReg : INITIAL_BINDACK_TIMEOUT;
    const outstanding = updateSent(before, [sequence], now, first);
    this.#state = { state: 'awaiting-acknowledgement', request: further, outstanding };
  }

  #accept(message: BindingAcknowledgement, request: HomeRequest, sentAt: Instant): void {
    this.#state = IDLE;
    const { homeAgent, careOfAddress } = request;
    const { status, sequence } = message;
    if (request.kind === 'deregister') {
      this.drop();
      report(this.#context, { kind: 'home-deregistered', homeAgent, sequence });
      return;
    }
    const lifetimeSeconds = grantedLifetime(message, request);
    const lifetime = homeRegistrationLifetime(message, lifetimeSeconds, sentAt, this.#context.refreshAt);
    this.#registered = { request, lifetime };
    this.#kernel.activate(request);
    const granted = { status, sequence, lifetimeSeconds };
    report(this.#context, { kind: 'home-registered', homeAgent, careOfAddress, ...granted });
  }

  #resynchronise(message: BindingAcknowledgement, request: HomeRequest, now: Instant): void {
    const refusals = request.refusals + 1;
    const retrying = refusals <= this.#context.retransmissionLimit;
    this.#reject(message, request.homeAgent, retrying);
    if (!retrying) return;
    this.sequence.adopt(message.sequence);
    this.#attempt({ ...request, refusals }, undefined, now);
  }

  #reject({ status, sequence }: BindingAcknowledgement, homeAgent: Ipv6Address, retrying: boolean): void {
    report(this.#context, { kind: 'home-registration-rejected', homeAgent, status, sequence, retrying });
    if (!retrying) this.drop();
  }
}
