import { BindingStatus, MAX_NONCE_LIFETIME, MAX_RR_BINDING_LIFETIME } from '../../wire/constants.ts';
import { floorLifetime } from '../../wire/lifetime.ts';
import { emitMobilityHeader } from '../../wire/mobility-header.ts';
import type { BindingRequest } from '../shared/binding-request.ts';
import type { Counters } from '../shared/counters.ts';
import { secondsToMs } from '../shared/instants.ts';
import type { Outbox } from '../shared/outbox.ts';
import type { Instant } from '../shared/role.ts';
import { type Authorization, authorizedAcknowledgement } from './authorized-acknowledgement.ts';
import { type BindingCache, type BoundEntry, entryDeadline } from './binding-cache.ts';
import type { CorrespondentNodeConfig, CorrespondentNodeOutput } from './correspondent-node-types.ts';

/** Why a valid or once valid update was refused. */
interface Rejection {
  readonly status: number;
  /** for the acknowledgement: the update's, or the last valid one with status 135 */
  readonly sequence: number;
  /** absent: the acknowledgement is not authorised */
  readonly authorization?: Authorization;
}

/** Creates, changes, ends and expires a correspondent node's bindings (RFC 6275 §9.5.2, §9.5.3, §9.6). */
export class CorrespondentBindings {
  readonly #cache: BindingCache;
  readonly #outbox: Outbox<CorrespondentNodeOutput>;
  readonly #counters: Counters;
  readonly #maximumLifetimeSeconds: number;
  readonly #refreshRequestLeadSeconds: number | undefined;

  constructor(
    config: CorrespondentNodeConfig,
    cache: BindingCache,
    outbox: Outbox<CorrespondentNodeOutput>,
    counters: Counters,
  ) {
    this.#cache = cache;
    this.#outbox = outbox;
    this.#counters = counters;
    const limit = config.maximumLifetimeSeconds ?? MAX_RR_BINDING_LIFETIME;
    this.#maximumLifetimeSeconds = Math.min(limit, MAX_RR_BINDING_LIFETIME);
    this.#refreshRequestLeadSeconds = config.refreshRequestLeadSeconds;
  }

  /** Carries out a verified update: kernel state first, then the acknowledgement. */
  apply(request: BindingRequest, authorization: Authorization, now: Instant): void {
    const { receiver: correspondent, homeAddress, update } = request;
    const room = this.#cache.hasRoomFor({ correspondent, homeAddress });
    if (request.deletes) {
      if (room) this.#end(request, now);
      this.#accept(request, 'deleted', 0, authorization);
    } else if (room) {
      this.#bind(request, authorization, now);
    } else {
      this.reject(request, {
        status: BindingStatus.insufficientResources,
        sequence: update.sequence,
        authorization,
      });
    }
  }

  /** Errors are always reported to the sender, asked for or not (§9.5.4). */
  reject(request: BindingRequest, { status, sequence, authorization }: Rejection): void {
    const { homeAddress, careOfAddress } = request;
    this.#counters.add(`rejected.${status}`);
    this.#outbox.push({
      kind: 'event',
      event: {
        kind: 'binding-rejected',
        status,
        homeAddress,
        careOfAddress,
        sequence: request.update.sequence,
      },
    });
    this.#outbox.push(
      authorizedAcknowledgement(request, { status, sequence, lifetimeSeconds: 0 }, authorization),
    );
  }

  /** Does everything that is due: expiry, refresh requests, forgetting of ended entries. */
  advance(now: Instant): void {
    for (const entry of this.#cache.entries()) {
      if (entryDeadline(entry) > now) continue;
      if (entry.state === 'ended') this.#cache.delete(entry);
      else if (entry.expiresAt <= now) this.#expire(entry, now);
      else this.#requestRefresh(entry);
    }
  }

  /** Ends every binding and forgets all sequence numbers: the caller has invalidated the nonces. */
  flush(): void {
    for (const entry of this.#cache.entries()) {
      if (entry.state === 'bound') this.#release(entry);
      this.#cache.delete(entry);
    }
  }

  #bind(request: BindingRequest, authorization: Authorization, now: Instant): void {
    const { update, homeAddress, careOfAddress, receiver: correspondent } = request;
    const lifetimeSeconds = floorLifetime(Math.min(update.lifetimeSeconds, this.#maximumLifetimeSeconds));
    const known = this.#cache.get({ correspondent, homeAddress })?.state === 'bound';
    this.#cache.set(this.#entry(request, lifetimeSeconds, now));
    const { sequence } = update;
    const binding = { correspondent, homeAddress, careOfAddress, lifetimeSeconds, sequence };
    this.#outbox.push({ kind: 'binding', action: 'set', ...binding });
    this.#accept(request, known ? 'updated' : 'created', lifetimeSeconds, authorization);
  }

  #entry(request: BindingRequest, lifetimeSeconds: number, now: Instant): BoundEntry {
    const expiresAt = now + secondsToMs(lifetimeSeconds);
    const lead = this.#refreshRequestLeadSeconds;
    const refresh =
      lead === undefined || lead >= lifetimeSeconds
        ? {}
        : { refreshRequestAt: expiresAt - secondsToMs(lead) };
    return {
      state: 'bound',
      correspondent: request.receiver,
      homeAddress: request.homeAddress,
      careOfAddress: request.careOfAddress,
      sequence: request.update.sequence,
      acceptedAt: now,
      expiresAt,
      ...refresh,
    };
  }

  #end({ receiver: correspondent, homeAddress, update }: BindingRequest, now: Instant): void {
    const entry = this.#cache.get({ correspondent, homeAddress });
    if (entry?.state === 'bound') this.#release(entry);
    this.#cache.set({
      state: 'ended',
      correspondent,
      homeAddress,
      sequence: update.sequence,
      keptUntil: now + secondsToMs(MAX_NONCE_LIFETIME),
    });
  }

  #expire(entry: BoundEntry, now: Instant): void {
    const { correspondent, homeAddress, careOfAddress, sequence } = entry;
    this.#counters.add('binding.expired');
    this.#release(entry);
    this.#outbox.push({ kind: 'event', event: { kind: 'binding-expired', homeAddress, careOfAddress } });
    const keptUntil = entry.acceptedAt + secondsToMs(MAX_NONCE_LIFETIME);
    if (keptUntil <= now) this.#cache.delete(entry);
    else this.#cache.set({ state: 'ended', correspondent, homeAddress, sequence, keptUntil });
  }

  #release({ correspondent, homeAddress, careOfAddress, sequence }: BoundEntry): void {
    this.#outbox.push({
      kind: 'binding',
      action: 'delete',
      correspondent,
      homeAddress,
      careOfAddress,
      lifetimeSeconds: 0,
      sequence,
    });
  }

  // §9.5.5: once per lifetime; a mobile node that does not answer loses the binding in time. Always to the home address, through the
  // home agent: §6.1 has no message but the acknowledgement use a type 2 routing header.
  #requestRefresh(entry: BoundEntry): void {
    const { refreshRequestAt: _, ...asked } = entry;
    this.#cache.set(asked);
    this.#counters.add('binding-refresh-request.sent');
    const addresses = { source: entry.correspondent, destination: entry.homeAddress };
    const bytes = emitMobilityHeader({ kind: 'binding-refresh-request', options: [] }, addresses);
    this.#outbox.push({ kind: 'transmit', ...addresses, bytes });
  }

  #accept(
    request: BindingRequest,
    change: 'created' | 'updated' | 'deleted',
    lifetimeSeconds: number,
    authorization: Authorization,
  ): void {
    const { update, homeAddress, careOfAddress } = request;
    const { sequence } = update;
    this.#counters.add(`accepted.${change}`);
    const event = { homeAddress, careOfAddress, sequence, lifetimeSeconds };
    this.#outbox.push({ kind: 'event', event: { kind: 'binding-accepted', change, ...event } });
    if (!update.acknowledge) return;
    const content = { status: BindingStatus.accepted, sequence, lifetimeSeconds };
    this.#outbox.push(authorizedAcknowledgement(request, content, authorization));
  }
}
