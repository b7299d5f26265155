import type { Ipv6Address } from '../../wire/address.ts';
import { INITIAL_BINDACK_TIMEOUT, MAX_UPDATE_RATE } from '../../wire/constants.ts';
import type { BindingAcknowledgement } from '../../wire/messages.ts';
import { equalOctets } from '../../wire/octets.ts';
import { RateLimit } from '../shared/rate-limit.ts';
import type { Instant } from '../shared/role.ts';
import {
  authorizedAddresses,
  neededTests,
  type UpdateAddresses,
  type UpdateRequest,
  updateKey,
  updateToCorrespondent,
} from './correspondent-updates.ts';
import type { MobileNodeContext } from './mobile-node-context.ts';
import type { MobileNodeDiscardReason } from './mobile-node-types.ts';
import { isOvertaken, nextNumber } from './numbering.ts';
import { type OutstandingUpdates, updateSent } from './outstanding-updates.ts';
import type { ReturnRoutability, UsableTokens } from './return-routability.ts';
import { UpdateSequence } from './update-sequence.ts';
import { type AwaitedAcknowledgement, verifyAcknowledgement } from './verify-acknowledgement.ts';

type ExchangeState =
  | { readonly state: 'idle' }
  | { readonly state: 'awaiting-tests'; readonly request: UpdateRequest }
  /** by MAX_UPDATE_RATE */
  | {
      readonly state: 'held-back';
      readonly request: UpdateRequest;
      readonly until: Instant;
      readonly outstanding: OutstandingUpdates | undefined;
    }
  | ({ readonly state: 'awaiting-acknowledgement' } & AwaitedAcknowledgement);

/** Hears of every Binding Update just before and just after it is put out: kernel state has its place around it. */
interface UpdateListener {
  beforeSend(request: UpdateRequest, careOfAddress: Ipv6Address): void;
  afterSend(request: UpdateRequest, careOfAddress: Ipv6Address, sequence: number, now: Instant): void;
}

type AcknowledgementOutcome =
  | { readonly kind: 'discarded'; readonly reason: MobileNodeDiscardReason }
  | {
      readonly kind: 'accepted';
      readonly request: UpdateRequest;
      readonly careOfAddress: Ipv6Address;
      readonly sentAt: Instant;
    }
  /** `oursSince`: for a number that has been sent more than once, of which another transmission may have been accepted; when it was first sent */
  | { readonly kind: 'refused'; readonly retrying: boolean; readonly oursSince?: Instant | undefined };

const IDLE: ExchangeState = { state: 'idle' };
const SECOND_MS = 1000;
/** The Checksum is the last field of every Mobility Header's common part (RFC 6275 §6.1.1). */
const CHECKSUM_END = 6;

/**
 * Binding Updates to one correspondent until one is acknowledged (RFC 6275 §11.7.2, §11.7.3, §11.8): waits for missing
 * tests, retransmits with new sequence numbers, and starts over when the correspondent has lost the tokens or the sequence.
 */
export class BindingUpdateExchange {
  readonly sequence: UpdateSequence;
  readonly #context: MobileNodeContext;
  readonly #correspondent: Ipv6Address;
  readonly #routability: ReturnRoutability;
  readonly #listener: UpdateListener;
  readonly #rate = new RateLimit(MAX_UPDATE_RATE, SECOND_MS);
  #state: ExchangeState = IDLE;
  #lastSent: Uint8Array = new Uint8Array();
  /** The authenticator of a deletion that this correspondent has answered to, by its place in `authorizedAddresses`. */
  #understood = 0;

  constructor(
    context: MobileNodeContext,
    correspondent: Ipv6Address,
    routability: ReturnRoutability,
    listener: UpdateListener,
  ) {
    this.sequence = new UpdateSequence(context.random);
    this.#context = context;
    this.#correspondent = correspondent;
    this.#routability = routability;
    this.#listener = listener;
  }

  get idle(): boolean {
    return this.#state.state === 'idle';
  }

  get awaitsTests(): boolean {
    return this.#state.state === 'awaiting-tests';
  }

  /** Whether these octets are the Binding Update sent last, still without acknowledgement; its checksum is the kernel's. */
  awaits(bytes: Uint8Array): boolean {
    if (this.#state.state !== 'awaiting-acknowledgement') return false;
    return equalOctets(behindChecksum(bytes), behindChecksum(this.#lastSent));
  }

  /** Replaces whatever was under way. */
  start(request: UpdateRequest, now: Instant): void {
    this.#attempt(request, undefined, now);
  }

  stop(): void {
    this.#state = IDLE;
  }

  /** A test was answered: the update that waited for it may go. */
  testReceived(now: Instant): void {
    if (this.#state.state === 'awaiting-tests') this.#attempt(this.#state.request, undefined, now);
  }

  acknowledged(message: BindingAcknowledgement, bytes: Uint8Array, now: Instant): AcknowledgementOutcome {
    const awaited = this.#state;
    if (awaited.state !== 'awaiting-acknowledgement') {
      return { kind: 'discarded', reason: 'acknowledgement-without-update' };
    }
    const verdict = verifyAcknowledgement(message, bytes, awaited);
    if (verdict.kind === 'discarded') return verdict;
    this.#state = IDLE;
    if (verdict.kind === 'accepted' || verdict.kind === 'out-of-sequence') {
      const forms = authorizedAddresses(awaited.request, awaited.addresses);
      if (forms.length > 1) this.#understood = forms.indexOf(verdict.authorized);
    }
    if (verdict.kind === 'accepted') {
      const { careOfAddress } = awaited.addresses;
      return { kind: 'accepted', request: awaited.request, careOfAddress, sentAt: verdict.sentAt };
    }
    const refusals = awaited.request.refusals + 1;
    const lost =
      verdict.kind === 'out-of-sequence' &&
      isOvertaken(awaited.request.numbering, message.sequence, this.sequence.last);
    if (verdict.kind === 'refused' || lost || refusals > this.#context.retransmissionLimit) {
      const oursSince =
        verdict.kind === 'out-of-sequence' ? repeatedSince(awaited, message.sequence) : undefined;
      return { kind: 'refused', retrying: false, oursSince };
    }
    if (verdict.kind === 'out-of-sequence') this.sequence.adopt(message.sequence);
    else this.#routability.expire(verdict);
    this.#attempt({ ...awaited.request, refusals }, undefined, now);
    return { kind: 'refused', retrying: true };
  }

  deadline(): Instant | undefined {
    if (this.#state.state === 'held-back') return this.#state.until;
    return this.#state.state === 'awaiting-acknowledgement'
      ? this.#state.outstanding.timer.nextAt
      : undefined;
  }

  /** Sends what is due; the request, if this was given up instead. */
  handleTimeout(now: Instant): UpdateRequest | undefined {
    const due = this.deadline();
    if (due === undefined || due > now) return undefined;
    const state = this.#state;
    if (state.state !== 'held-back' && state.state !== 'awaiting-acknowledgement') return undefined;
    const { request, outstanding } = state;
    if (state.state === 'awaiting-acknowledgement' && this.#exhausted(state.outstanding)) {
      this.#state = IDLE;
      return request;
    }
    this.#attempt(request, outstanding, now);
    return undefined;
  }

  #exhausted({ timer }: OutstandingUpdates): boolean {
    return timer.sent > this.#context.retransmissionLimit;
  }

  #attempt(request: UpdateRequest, outstanding: OutstandingUpdates | undefined, now: Instant): void {
    const tokens = this.#routability.demand(neededTests(request), now);
    const until = this.#rate.nextAllowed(now);
    if (tokens === undefined) this.#state = { state: 'awaiting-tests', request };
    else if (until > now) this.#state = { state: 'held-back', request, until, outstanding };
    else this.#send(request, outstanding, tokens, now);
  }

  #send(
    request: UpdateRequest,
    before: OutstandingUpdates | undefined,
    tokens: UsableTokens,
    now: Instant,
  ): void {
    const { homeAddress, outbox, counters } = this.#context;
    const careOfAddress = tokens.careOfAddress;
    const addresses: UpdateAddresses = { homeAddress, careOfAddress, correspondent: this.#correspondent };
    this.#listener.beforeSend(request, careOfAddress);
    const authorized = this.#authorized(request, addresses, before);
    const copies: number[] = [];
    do {
      const sequence = nextNumber(request.numbering, this.sequence);
      this.#rate.use(now);
      counters.add('sent.binding-update');
      const update = updateToCorrespondent(request, addresses, sequence, tokens, authorized);
      this.#lastSent = update.bytes;
      outbox.push(update);
      copies.push(sequence);
    } while (before === undefined && copies.length < request.copies && this.#rate.nextAllowed(now) <= now);
    const kbm = updateKey(request, tokens.home, tokens.careOf);
    const outstanding = updateSent(before, copies, now, INITIAL_BINDACK_TIMEOUT);
    this.#state = request.acknowledge
      ? { state: 'awaiting-acknowledgement', request, addresses, kbm, outstanding }
      : IDLE;
    this.#listener.afterSend(request, careOfAddress, copies.at(-1)!, now);
  }

  /** Each transmission tries the next form, as the one before may have been dropped for its authenticator or on the way. */
  #authorized(
    request: UpdateRequest,
    addresses: UpdateAddresses,
    before: OutstandingUpdates | undefined,
  ): Ipv6Address {
    const forms = authorizedAddresses(request, addresses);
    return forms[(this.#understood + (before?.timer.sent ?? 0)) % forms.length]!;
  }
}

/** The correspondent names the very number that was sent, and has seen it more than once: from here, as far as is known here. */
function repeatedSince({ outstanding }: AwaitedAcknowledgement, sequence: number): Instant | undefined {
  const [first, ...more] = outstanding.sent.filter((update) => update.sequence === sequence);
  return more.length > 0 ? first?.at : undefined;
}

function behindChecksum(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(CHECKSUM_END);
}
