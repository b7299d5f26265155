import type { Ipv6Address } from '../../wire/address.ts';
import { BindingErrorStatus } from '../../wire/constants.ts';
import type { BindingAcknowledgement, BindingError, CareOfTest, HomeTest } from '../../wire/messages.ts';
import { BindingErrors } from '../shared/binding-errors.ts';
import { type MobilityDatagram, readMessage } from '../shared/datagram.ts';
import type { Instant } from '../shared/role.ts';
import type { CorrespondentEntry } from './correspondent-entry.ts';
import type { HomeRegistration } from './home-registration.ts';
import { type MobileNodeContext, report } from './mobile-node-context.ts';
import type { MobileNodeDiscardReason, ReceivedParameterProblem, Recognition } from './mobile-node-types.ts';
import { readParameterProblem } from './parameter-problem-receiver.ts';
import type { UnsupportedCorrespondents } from './unsupported-correspondents.ts';

/** A mobile node's ears: finds the registration a message belongs to and counts what belongs to none (RFC 6275 §11). */
export class MobileNodeReceiver {
  readonly #context: MobileNodeContext;
  readonly #home: HomeRegistration;
  readonly #entries: ReadonlyMap<Ipv6Address, CorrespondentEntry>;
  readonly #unsupported: UnsupportedCorrespondents;
  readonly #bindingErrors: BindingErrors;

  constructor(
    context: MobileNodeContext,
    home: HomeRegistration,
    entries: ReadonlyMap<Ipv6Address, CorrespondentEntry>,
    unsupported: UnsupportedCorrespondents,
  ) {
    this.#context = context;
    this.#home = home;
    this.#entries = entries;
    this.#unsupported = unsupported;
    this.#bindingErrors = new BindingErrors(context.counters);
  }

  receive(datagram: MobilityDatagram, now: Instant): void {
    const message = readMessage(datagram);
    this.#context.counters.add(`received.${message?.kind ?? 'malformed'}`);
    const problem = message === undefined ? 'malformed' : this.#dispatch(message, datagram, now);
    if (problem !== undefined) this.#discard(datagram, problem);
  }

  // §11.3.5
  receiveParameterProblem(problem: ReceivedParameterProblem, now: Instant): void {
    this.#context.counters.add('received.parameter-problem');
    // Both Inits come back, and one is enough.
    if (this.#unsupported.has(problem.source, now)) return;
    const result = readParameterProblem(problem, this.#entries);
    if (typeof result === 'string') {
      this.#discard({ source: problem.source, destination: this.#context.homeAddress }, result);
      return;
    }
    const { correspondent, entry, step } = result;
    entry.stop();
    this.#unsupported.add(correspondent, now);
    report(this.#context, { kind: 'mobility-unsupported', correspondent });
    report(this.#context, { kind: 'gave-up', correspondent, step });
  }

  /** A message to the care-of address is for this home address. */
  recognizes(datagram: MobilityDatagram): boolean {
    const message = readMessage(datagram);
    const entry = this.#entries.get(datagram.source);
    if (message?.kind === 'care-of-test') return entry?.routability.knows(message) === true;
    if (message?.kind !== 'binding-error') return false;
    const unnamed = message.status === BindingErrorStatus.unrecognizedMhType;
    return message.homeAddress === this.#context.homeAddress || (unnamed && entry?.awaitsAnswer === true);
  }

  /** Whose a Parameter Problem is, as `Recognition` says; both Inits come back, and the second one's sender has stopped asking by then. */
  recognizesProblem(problem: ReceivedParameterProblem, now: Instant): Recognition {
    const result = readParameterProblem(problem, this.#entries);
    if (typeof result !== 'string' || result === 'parameter-problem-while-bound') return 'awaited';
    return this.#unsupported.has(problem.source, now) ? 'settled' : undefined;
  }

  #dispatch(
    message: NonNullable<ReturnType<typeof readMessage>>,
    datagram: MobilityDatagram,
    now: Instant,
  ): MobileNodeDiscardReason | undefined {
    switch (message.kind) {
      case 'home-test':
      case 'care-of-test':
        return this.#receiveTest(message, datagram, now);
      case 'binding-acknowledgement':
        return this.#receiveAcknowledgement(message, datagram, now);
      case 'binding-refresh-request':
        return this.#receiveRefreshRequest(datagram, now);
      case 'binding-error':
        return this.#receiveBindingError(message, datagram, now);
      case 'unknown':
        return this.#receiveUnknown(datagram, now);
      default:
        return 'not-for-mobile-node';
    }
  }

  // §11.6.2: to the address the Init came from, and with a cookie of ours.
  #receiveTest(
    message: HomeTest | CareOfTest,
    datagram: MobilityDatagram,
    now: Instant,
  ): MobileNodeDiscardReason | undefined {
    if (datagram.careOfAddress !== undefined) return 'routing-header-in-test';
    const entry = this.#entries.get(datagram.source);
    const expected =
      message.kind === 'home-test' ? this.#context.homeAddress : entry?.routability.careOfAddress;
    const forUs = datagram.destination === expected;
    const result = forUs ? entry?.routability.receive(message, now) : undefined;
    if (result === 'accepted') {
      entry?.registration.exchange.testReceived(now);
      return undefined;
    }
    if (result === 'duplicate') return 'duplicate-test';
    if (message.kind === 'care-of-test') return 'unmatched-care-of-test';
    if (forUs) this.#reportStray(message, datagram);
    return 'unmatched-home-test';
  }

  #receiveAcknowledgement(
    message: BindingAcknowledgement,
    { source, destination, bytes }: MobilityDatagram,
    now: Instant,
  ): MobileNodeDiscardReason | undefined {
    if (destination !== this.#context.homeAddress) return 'not-for-mobile-node';
    if (source === this.#home.homeAgent) return this.#home.acknowledged(message, now);
    const registration = this.#entries.get(source)?.registration;
    return registration === undefined
      ? 'acknowledgement-without-update'
      : registration.acknowledged(message, bytes, now);
  }

  // §11.7.4
  #receiveRefreshRequest(
    { source: correspondent }: MobilityDatagram,
    now: Instant,
  ): MobileNodeDiscardReason | undefined {
    const refreshed = this.#entries.get(correspondent)?.registration.refresh(now) ?? false;
    if (!refreshed) return 'refresh-request-without-binding';
    report(this.#context, { kind: 'refresh-requested', correspondent });
    return undefined;
  }

  // §11.3.6. Status 1 before an update was answered is about data that overtook it, and no loss.
  #receiveBindingError(
    { status, homeAddress }: BindingError,
    { source: correspondent }: MobilityDatagram,
    now: Instant,
  ): MobileNodeDiscardReason | undefined {
    const entry = this.#entries.get(correspondent);
    if (entry === undefined) return 'binding-error-without-binding';
    if (status === BindingErrorStatus.unknownBindingForHomeAddressOption) {
      const ours = homeAddress === this.#context.homeAddress;
      if (!ours || !entry.registration.disowned(now)) return 'binding-error-without-binding';
    } else if (status === BindingErrorStatus.unrecognizedMhType) {
      if (!entry.awaitsAnswer) return 'binding-error-without-binding';
      entry.stop();
    }
    report(this.#context, { kind: 'binding-error', correspondent, status });
    return undefined;
  }

  // §9.2, §11.2. What a type 2 routing header has brought to the home address came from its source as it is.
  #receiveUnknown(datagram: MobilityDatagram, now: Instant): MobileNodeDiscardReason {
    const { source, destination } = datagram;
    const { homeAddress, outbox } = this.#context;
    const offender = destination === homeAddress ? { source, destination } : datagram;
    const answer = this.#bindingErrors.answer(offender, BindingErrorStatus.unrecognizedMhType, now);
    if (typeof answer === 'string') return answer;
    outbox.push({ ...answer, via: destination === homeAddress ? 'home-tunnel' : 'direct' });
    return 'unknown-message-type';
  }

  #reportStray(message: HomeTest, { source, destination, bytes }: MobilityDatagram): void {
    const { homeInitCookie } = message;
    const stray = { correspondent: source, homeInitCookie, bytes, source, destination };
    report(this.#context, { kind: 'unmatched-home-test', ...stray });
  }

  #discard({ source, destination }: Omit<MobilityDatagram, 'bytes'>, reason: MobileNodeDiscardReason): void {
    this.#context.counters.add(`discarded.${reason}`);
    this.#context.outbox.push({ kind: 'event', event: { kind: 'discarded', reason, source, destination } });
  }
}
