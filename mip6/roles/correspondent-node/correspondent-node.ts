import type { Ipv6Address } from '../../wire/address.ts';
import { BindingErrorStatus, KCN_OCTETS } from '../../wire/constants.ts';
import type { BindingUpdate } from '../../wire/messages.ts';
import { BindingErrors, type Offender } from '../shared/binding-errors.ts';
import { bindingRequest } from '../shared/binding-request.ts';
import { Counters } from '../shared/counters.ts';
import { type MobilityDatagram, readMessage } from '../shared/datagram.ts';
import { Outbox } from '../shared/outbox.ts';
import type { Instant, Role } from '../shared/role.ts';
import { BindingCache, type BindingCacheEntry } from './binding-cache.ts';
import { CorrespondentBindings } from './correspondent-bindings.ts';
import type {
  CorrespondentDiscardReason,
  CorrespondentNodeConfig,
  CorrespondentNodeInput,
  CorrespondentNodeOutput,
} from './correspondent-node-types.ts';
import { NonceTable } from './nonces.ts';
import { answerTestInit } from './test-init-answers.ts';
import { verifyBindingUpdate } from './verify-binding-update.ts';

type Of<Kind extends CorrespondentNodeInput['kind']> = Extract<
  CorrespondentNodeInput,
  { readonly kind: Kind }
>;

const DEFAULT_CAPACITY = 1024;

/**
 * A correspondent node, the other end of route optimisation (RFC 6275 §9): answers Home and Care-of Test Inits without
 * keeping state for them, and holds a binding for every home address that proved both its addresses.
 *
 * An accepted update's `binding` output comes before its acknowledgement. On a node that is a home agent too, Binding
 * Updates with the H bit go to the home agent alone: this role refuses them with status 131, or 139 over a binding of its own.
 */
export class CorrespondentNode implements Role<CorrespondentNodeInput, CorrespondentNodeOutput> {
  readonly counters = new Counters();
  readonly #outbox = new Outbox<CorrespondentNodeOutput>();
  readonly #kcn: Uint8Array;
  readonly #nonces: NonceTable;
  readonly #cache: BindingCache;
  readonly #bindings: CorrespondentBindings;
  readonly #bindingErrors: BindingErrors;

  constructor(config: CorrespondentNodeConfig) {
    this.#kcn = config.random(KCN_OCTETS);
    this.#nonces = new NonceTable(config.random);
    this.#cache = new BindingCache(config.capacity ?? DEFAULT_CAPACITY);
    this.#bindings = new CorrespondentBindings(config, this.#cache, this.#outbox, this.counters);
    this.#bindingErrors = new BindingErrors(this.counters, config.bindingErrorsPerSecond);
  }

  handle(input: CorrespondentNodeInput, now: Instant): void {
    this.handleTimeout(now);
    switch (input.kind) {
      case 'datagram':
        this.#receive(input.datagram, now);
        break;
      case 'unknown-home-address-option':
        this.#unknownBinding(input, now);
        break;
      case 'flush':
        this.#nonces.invalidateAll();
        this.#bindings.flush();
        break;
      default:
        input satisfies never;
    }
  }

  poll(): CorrespondentNodeOutput | undefined {
    return this.#outbox.poll();
  }

  deadline(): Instant | undefined {
    return this.#cache.deadline();
  }

  handleTimeout(now: Instant): void {
    this.#bindings.advance(now);
  }

  /** The cache as it is, for display and tests. */
  bindings(): BindingCacheEntry[] {
    return this.#cache.entries();
  }

  /** §9.3.1. The kernel tells of a packet that it has dropped; by the time that this is read the binding may have come, and nothing is wrong. */
  #unknownBinding(dropped: Of<'unknown-home-address-option'>, now: Instant): void {
    const { correspondent, homeAddress, careOfAddress } = dropped;
    const ends = { source: homeAddress, destination: correspondent, careOfAddress };
    const entry = this.#cache.get({ correspondent, homeAddress });
    if (entry?.state === 'bound' && entry.careOfAddress === careOfAddress)
      this.#discard(ends, 'bound-by-now');
    else this.#sendBindingError(ends, BindingErrorStatus.unknownBindingForHomeAddressOption, now);
  }

  #receive(datagram: MobilityDatagram, now: Instant): void {
    const message = readMessage(datagram);
    if (message === undefined) {
      this.#discard(datagram, 'malformed');
      return;
    }
    this.counters.add(`received.${message.kind}`);
    switch (message.kind) {
      case 'home-test-init':
      case 'care-of-test-init': {
        const answer = answerTestInit(message, datagram, this.#kcn, this.#nonces.current(now));
        if (answer.kind === 'transmit') this.#outbox.push(answer);
        else this.#discard(datagram, answer.reason);
        break;
      }
      case 'binding-update':
        this.#receiveBindingUpdate(message, datagram, now);
        break;
      case 'unknown':
        this.#discard(datagram, 'unknown-message-type');
        this.#sendBindingError(datagram, BindingErrorStatus.unrecognizedMhType, now);
        break;
      default:
        this.#discard(datagram, 'not-for-correspondent');
    }
  }

  #receiveBindingUpdate(update: BindingUpdate, datagram: MobilityDatagram, now: Instant): void {
    const request = bindingRequest(update, datagram);
    if (request === undefined) {
      this.#discard(datagram, 'address-not-unicast');
      return;
    }
    const { receiver: correspondent, homeAddress } = request;
    const lastSequence = this.#cache.get({ correspondent, homeAddress })?.sequence;
    const boundTo = (home: Ipv6Address): Ipv6Address | undefined => {
      const entry = this.#cache.get({ correspondent, homeAddress: home });
      return entry?.state === 'bound' ? entry.careOfAddress : undefined;
    };
    const context = { kcn: this.#kcn, nonces: this.#nonces, lastSequence, boundTo, now };
    const verdict = verifyBindingUpdate(request, datagram.bytes, context);
    switch (verdict.kind) {
      case 'discarded':
        this.#discard(datagram, verdict.reason);
        break;
      case 'rejected':
        this.#bindings.reject(request, verdict);
        break;
      case 'valid':
        this.#bindings.apply(request, verdict.authorization, now);
        break;
      default:
        verdict satisfies never;
    }
  }

  #sendBindingError(offender: Offender, status: number, now: Instant): void {
    const answer = this.#bindingErrors.answer(offender, status, now);
    if (typeof answer === 'string') this.#discard(offender, answer);
    else this.#outbox.push(answer);
  }

  #discard(
    { source, destination }: { readonly source: Ipv6Address; readonly destination: Ipv6Address },
    reason: CorrespondentDiscardReason,
  ): void {
    this.counters.add(`discarded.${reason}`);
    this.#outbox.push({ kind: 'event', event: { kind: 'discarded', reason, source, destination } });
  }
}
