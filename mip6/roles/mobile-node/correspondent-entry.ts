import type { Ipv6Address } from '../../wire/address.ts';
import type { MobilityMessage } from '../../wire/messages.ts';
import { earliest } from '../shared/instants.ts';
import type { Instant } from '../shared/role.ts';
import { CorrespondentRegistration } from './correspondent-registration.ts';
import { updateToCorrespondent } from './correspondent-updates.ts';
import type { MobileNodeContext } from './mobile-node-context.ts';
import type { MobileNodeInput, UnansweredStep } from './mobile-node-types.ts';
import type { Numbering } from './numbering.ts';
import { bindingLifetime } from './registered-lifetime.ts';
import { ReturnRoutability } from './return-routability.ts';

type BindInput = Extract<MobileNodeInput, { kind: 'bind' }>;
type AdoptInput = Extract<MobileNodeInput, { kind: 'adopt' }>;
type BindForInput = Extract<MobileNodeInput, { kind: 'bind-for' }>;
type UnbindInput = Extract<MobileNodeInput, { kind: 'unbind' }>;

const OWN: Numbering = { kind: 'own' };
/** From when the correspondent's first word could be here until a binding made by another node is asked after. */
const CONFIRMATION_MARGIN_MS = 10;

/** All that a mobile node keeps about one correspondent: tests and registration. */
export class CorrespondentEntry {
  readonly routability: ReturnRoutability;
  readonly #context: MobileNodeContext;
  readonly #correspondent: Ipv6Address;
  readonly registration: CorrespondentRegistration;

  constructor(context: MobileNodeContext, correspondent: Ipv6Address) {
    this.#context = context;
    this.#correspondent = correspondent;
    this.routability = new ReturnRoutability(context, correspondent);
    this.registration = new CorrespondentRegistration(context, correspondent, this.routability);
  }

  bind(input: BindInput, now: Instant): void {
    const { acknowledge, refresh = false, activate = 'on-acknowledgement', numbering = OWN } = input;
    const { copies = 1 } = input;
    const lifetimeSeconds = bindingLifetime(input.lifetimeSeconds);
    const what = {
      kind: 'bind',
      lifetimeSeconds,
      acknowledge,
      refresh,
      activate,
      numbering,
      copies,
    } as const;
    this.registration.start({ ...what, refusals: 0 }, now);
  }

  unbind({ acknowledge, numbering = OWN, careOfAddress }: UnbindInput, now: Instant): void {
    if (careOfAddress !== undefined) this.routability.moveTo(careOfAddress);
    const what = {
      kind: 'unbind',
      lifetimeSeconds: 0,
      acknowledge,
      refresh: false,
      numbering,
      copies: 1,
    } as const;
    this.registration.exchange.start({ ...what, activate: 'on-acknowledgement', refusals: 0 }, now);
  }

  /** A binding that another node has made for the address of this one. */
  adopt({ careOfAddress, sequence, lifetimeSeconds }: AdoptInput, now: Instant): void {
    this.routability.moveTo(careOfAddress);
    this.registration.exchange.sequence.adopt(sequence);
    const confirmAt = now + this.routability.roundTripMs + CONFIRMATION_MARGIN_MS;
    this.registration.adopt(careOfAddress, bindingLifetime(lifetimeSeconds), confirmAt, now);
  }

  /** Binds the correspondent to another node's care-of address. */
  bindFor(input: BindForInput, now: Instant): void {
    const { careOfAddress: alternate, copies, lifetimeSeconds } = input;
    const home = this.routability.token('home', now);
    const careOfAddress = this.routability.careOfAddress;
    if (home === undefined || careOfAddress === undefined) return;
    const { homeAddress, outbox, counters } = this.#context;
    const what = { kind: 'bind', lifetimeSeconds: bindingLifetime(lifetimeSeconds), copies } as const;
    const how = {
      acknowledge: true,
      refresh: false,
      activate: 'on-acknowledgement',
      numbering: OWN,
    } as const;
    const request = { ...what, ...how, refusals: 0 };
    const addresses = { homeAddress, careOfAddress, correspondent: this.#correspondent, alternate };
    const careOf = { token: input.careOfKeygenToken, nonceIndex: input.careOfNonceIndex };
    for (let copy = 0; copy < copies; copy++) {
      const sequence = this.registration.exchange.sequence.take();
      counters.add('sent.binding-update');
      outbox.push(updateToCorrespondent(request, addresses, sequence, { home, careOf }, alternate));
    }
    this.registration.suspend(false);
  }

  /** A message of ours has no answer yet. */
  get awaitsAnswer(): boolean {
    return this.routability.deadline() !== undefined || !this.registration.exchange.idle;
  }

  /** The step that `message` was sent for, if it is one of ours and still waits for its answer; `bytes`: the whole message. */
  stepOf(message: MobilityMessage, bytes: Uint8Array): UnansweredStep | undefined {
    switch (message.kind) {
      case 'home-test-init':
        return this.routability.awaits('home', message.homeInitCookie) ? 'home-test' : undefined;
      case 'care-of-test-init':
        return this.routability.awaits('careOf', message.careOfInitCookie) ? 'care-of-test' : undefined;
      case 'binding-update':
        return this.registration.exchange.awaits(bytes) ? 'binding-update' : undefined;
      default:
        return undefined;
    }
  }

  /** Sends nothing more on its own. */
  stop(): void {
    this.routability.stop();
    this.registration.drop();
  }

  deadline(): Instant | undefined {
    return earliest([this.routability.deadline(), this.registration.deadline()]);
  }

  handleTimeout(now: Instant): void {
    if (!this.routability.handleTimeout(now) && this.registration.exchange.awaitsTests) {
      this.registration.abandon(now);
    }
    this.registration.handleTimeout(now);
  }
}
