import type { Ipv6Address } from '../../wire/address.ts';
import { BindingErrorStatus, BindingStatus } from '../../wire/constants.ts';
import { BindingErrors } from '../shared/binding-errors.ts';
import { type BindingRequest, bindingRequest } from '../shared/binding-request.ts';
import { Counters } from '../shared/counters.ts';
import { type MobilityDatagram, readMessage } from '../shared/datagram.ts';
import { Outbox } from '../shared/outbox.ts';
import type { Instant, Role } from '../shared/role.ts';
import type {
  HomeAgentConfig,
  HomeAgentDiscardReason,
  HomeAgentInput,
  HomeAgentOutput,
  PrimaryBinding,
} from './home-agent-types.ts';
import { HomeBindings } from './home-bindings.ts';
import { isRegistrable, verifyHomeRegistration } from './verify-home-registration.ts';

const DEFAULT_CAPACITY = 1024;

/**
 * A home agent (RFC 6275 §10): accepts home registrations that came through IPsec, holds the primary bindings, and says
 * which tunnels and interceptions there should be. Home and Care-of Tests are mere traffic to it.
 *
 * An accepted registration's `binding` output comes before its acknowledgement.
 */
export class HomeAgent implements Role<HomeAgentInput, HomeAgentOutput> {
  readonly counters = new Counters();
  readonly #config: HomeAgentConfig;
  readonly #capacity: number;
  readonly #outbox = new Outbox<HomeAgentOutput>();
  readonly #bindings: HomeBindings;
  readonly #bindingErrors = new BindingErrors(this.counters);
  /** waiting for duplicate address detection */
  readonly #probed = new Map<Ipv6Address, BindingRequest>();

  constructor(config: HomeAgentConfig) {
    this.#config = config;
    this.#capacity = config.capacity ?? DEFAULT_CAPACITY;
    this.#bindings = new HomeBindings(config, this.#outbox, this.counters);
  }

  handle(input: HomeAgentInput, now: Instant): void {
    this.handleTimeout(now);
    switch (input.kind) {
      case 'datagram':
        this.#receive(input.datagram, input.protectedByIpsec, now);
        break;
      case 'duplicate-address-result':
        this.#probeAnswered(input.homeAddress, input.duplicate, now);
        break;
      case 'stored-bindings':
        for (const binding of input.bindings)
          if (isRegistrable(binding, this.#config)) this.#bindings.restore(binding, now);
        break;
      case 'flush':
        this.#probed.clear();
        this.#bindings.flush();
        break;
      default:
        input satisfies never;
    }
  }

  poll(): HomeAgentOutput | undefined {
    return this.#outbox.poll();
  }

  deadline(): Instant | undefined {
    return this.#bindings.deadline();
  }

  handleTimeout(now: Instant): void {
    this.#bindings.expire(now);
  }

  /** The primary bindings as they are, for display, stable storage and tests. */
  bindings(): PrimaryBinding[] {
    return this.#bindings.all();
  }

  #receive(datagram: MobilityDatagram, protectedByIpsec: boolean, now: Instant): void {
    const message = readMessage(datagram);
    this.counters.add(`received.${message?.kind ?? 'malformed'}`);
    if (message === undefined) {
      this.#discard(datagram, 'malformed');
      return;
    }
    const forUs = datagram.destination === this.#config.address;
    if (message.kind === 'unknown' && forUs) {
      this.#receiveUnknown(datagram, now);
      return;
    }
    if (message.kind !== 'binding-update' || !forUs) {
      this.#discard(datagram, 'not-for-home-agent');
      return;
    }
    const request = bindingRequest(message, datagram);
    if (request === undefined) this.#discard(datagram, 'address-not-unicast');
    else if (message.homeRegistration || this.#bindings.get(request.homeAddress) !== undefined)
      this.#receiveRequest(request, datagram, protectedByIpsec, now);
    else this.#discard(datagram, 'not-for-home-agent');
  }

  // §9.2, §10.2
  #receiveUnknown(datagram: MobilityDatagram, now: Instant): void {
    this.#discard(datagram, 'unknown-message-type');
    const answer = this.#bindingErrors.answer(datagram, BindingErrorStatus.unrecognizedMhType, now);
    if (typeof answer === 'string') this.#discard(datagram, answer);
    else this.#outbox.push(answer);
  }

  #receiveRequest(
    request: BindingRequest,
    datagram: MobilityDatagram,
    protectedByIpsec: boolean,
    now: Instant,
  ): void {
    const { homeAddress } = request;
    const registered = this.#bindings.get(homeAddress);
    const probed = this.#probed.get(homeAddress)?.update;
    const lastSequence = registered?.sequence ?? probed?.sequence;
    const taken = this.#bindings.all().length + this.#probed.size;
    const hasRoom = lastSequence !== undefined || taken < this.#capacity;
    const boundTo = (home: Ipv6Address): Ipv6Address | undefined => this.#bindings.get(home)?.careOfAddress;
    const context = {
      protectedByIpsec,
      lastSequence,
      registered: registered !== undefined,
      hasRoom,
      boundTo,
    };
    const verdict = verifyHomeRegistration(request, this.#config, context);
    switch (verdict.kind) {
      case 'discarded':
        this.#discard(datagram, verdict.reason);
        break;
      case 'rejected':
        if (verdict.status === BindingStatus.notHomeAgentForThisMobileNode && request.deletes)
          this.#probed.delete(homeAddress);
        this.#bindings.reject(request, verdict.status, verdict.sequence);
        break;
      case 'valid':
        this.#apply(request, registered !== undefined, now);
        break;
      default:
        verdict satisfies never;
    }
  }

  // §10.3.1: the home link is asked before the first registration; a newer update meanwhile replaces the waiting one.
  #apply(request: BindingRequest, known: boolean, now: Instant): void {
    const { homeAddress } = request;
    if (request.deletes) {
      this.#bindings.delete(request);
    } else if (known || this.#config.duplicateAddressDetection !== true) {
      this.#bindings.set(request, now);
    } else {
      if (!this.#probed.has(homeAddress)) {
        this.#outbox.push({ kind: 'probe-duplicate-address', homeAddress });
      }
      this.#probed.set(homeAddress, request);
    }
  }

  #probeAnswered(homeAddress: Ipv6Address, duplicate: boolean, now: Instant): void {
    const request = this.#probed.get(homeAddress);
    if (request === undefined) return;
    this.#probed.delete(homeAddress);
    if (!duplicate) {
      this.#bindings.set(request, now);
      return;
    }
    const status = BindingStatus.duplicateAddressDetectionFailed;
    this.#bindings.reject(request, status, request.update.sequence);
  }

  #discard({ source, destination }: MobilityDatagram, reason: HomeAgentDiscardReason): void {
    this.counters.add(`discarded.${reason}`);
    this.#outbox.push({ kind: 'event', event: { kind: 'discarded', reason, source, destination } });
  }
}
