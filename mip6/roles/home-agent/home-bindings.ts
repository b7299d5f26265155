import type { Ipv6Address } from '../../wire/address.ts';
import { BindingStatus, MAX_RR_BINDING_LIFETIME } from '../../wire/constants.ts';
import { floorLifetime } from '../../wire/lifetime.ts';
import type { MobilityOption } from '../../wire/mobility-options.ts';
import { acknowledgementOf } from '../shared/binding-acknowledgements.ts';
import type { BindingRequest } from '../shared/binding-request.ts';
import type { Counters } from '../shared/counters.ts';
import { earliest, secondsToMs } from '../shared/instants.ts';
import type { Outbox } from '../shared/outbox.ts';
import type { Instant } from '../shared/role.ts';
import type { HomeAgentConfig, HomeAgentOutput, PrimaryBinding } from './home-agent-types.ts';

/** A home agent's primary bindings: creates, moves, ends and expires them (RFC 6275 §10.3.1, §10.3.2). */
export class HomeBindings {
  readonly #config: HomeAgentConfig;
  readonly #outbox: Outbox<HomeAgentOutput>;
  readonly #counters: Counters;
  readonly #entries = new Map<Ipv6Address, PrimaryBinding>();

  constructor(config: HomeAgentConfig, outbox: Outbox<HomeAgentOutput>, counters: Counters) {
    this.#config = config;
    this.#outbox = outbox;
    this.#counters = counters;
  }

  get(homeAddress: Ipv6Address): PrimaryBinding | undefined {
    return this.#entries.get(homeAddress);
  }

  all(): PrimaryBinding[] {
    return [...this.#entries.values()];
  }

  /** Carries out a registration: kernel state first, then the acknowledgement. */
  set(request: BindingRequest, now: Instant): void {
    const { homeAddress, careOfAddress, update } = request;
    const { sequence } = update;
    const limit = this.#config.maximumLifetimeSeconds ?? MAX_RR_BINDING_LIFETIME;
    const lifetimeSeconds = floorLifetime(Math.min(update.lifetimeSeconds, limit));
    const before = this.#entries.get(homeAddress);
    const expiresAt = now + secondsToMs(lifetimeSeconds);
    this.#entries.set(homeAddress, { homeAddress, careOfAddress, sequence, expiresAt });
    this.#outbox.push({
      kind: 'binding',
      action: 'set',
      homeAgent: this.#config.address,
      homeAddress,
      careOfAddress,
      ...(before === undefined ? {} : { previousCareOfAddress: before.careOfAddress }),
      lifetimeSeconds,
      sequence,
    });
    this.#accept(request, before === undefined ? 'created' : 'updated', lifetimeSeconds);
  }

  /** Puts a binding back that was in force before; one that a registration has replaced meanwhile, or that has expired, is nothing. */
  restore(binding: PrimaryBinding, now: Instant): void {
    const { homeAddress, careOfAddress, sequence, expiresAt } = binding;
    if (expiresAt <= now || this.#entries.has(homeAddress)) return;
    this.#entries.set(homeAddress, { homeAddress, careOfAddress, sequence, expiresAt });
    const lifetimeSeconds = Math.ceil((expiresAt - now) / 1000);
    const told = { homeAddress, careOfAddress, sequence, lifetimeSeconds };
    this.#counters.add('binding.restored');
    this.#outbox.push({ kind: 'binding', action: 'set', homeAgent: this.#config.address, ...told });
    this.#outbox.push({ kind: 'event', event: { kind: 'registration-restored', ...told } });
  }

  /** Carries out a de-registration: kernel state first, then the acknowledgement. */
  delete(request: BindingRequest): void {
    const binding = this.#entries.get(request.homeAddress);
    if (binding !== undefined) this.#release(binding);
    this.#accept(request, 'deleted', 0);
  }

  reject(request: BindingRequest, status: number, sequence: number): void {
    const { homeAddress, careOfAddress, update } = request;
    this.#counters.add(`rejected.${status}`);
    this.#outbox.push({
      kind: 'event',
      event: {
        kind: 'registration-rejected',
        status,
        homeAddress,
        careOfAddress,
        sequence: update.sequence,
      },
    });
    this.#outbox.push(acknowledgementOf(request, { status, sequence, lifetimeSeconds: 0 }));
  }

  flush(): void {
    for (const binding of this.all()) this.#release(binding);
  }

  deadline(): Instant | undefined {
    return earliest(this.all().map(({ expiresAt }) => expiresAt));
  }

  expire(now: Instant): void {
    for (const binding of this.all()) {
      if (binding.expiresAt > now) continue;
      const { homeAddress, careOfAddress } = binding;
      this.#counters.add('binding.expired');
      this.#release(binding);
      this.#outbox.push({
        kind: 'event',
        event: { kind: 'registration-expired', homeAddress, careOfAddress },
      });
    }
  }

  #release({ homeAddress, careOfAddress, sequence }: PrimaryBinding): void {
    this.#entries.delete(homeAddress);
    this.#outbox.push({
      kind: 'binding',
      action: 'delete',
      homeAgent: this.#config.address,
      homeAddress,
      careOfAddress,
      lifetimeSeconds: 0,
      sequence,
    });
  }

  // A home registration is acknowledged whether or not that was asked for: §11.7.1 has every one of them ask.
  #accept(request: BindingRequest, change: 'created' | 'updated' | 'deleted', lifetimeSeconds: number): void {
    const { homeAddress, careOfAddress, update } = request;
    const { sequence } = update;
    this.#counters.add(`accepted.${change}`);
    const event = { homeAddress, careOfAddress, sequence, lifetimeSeconds };
    this.#outbox.push({ kind: 'event', event: { kind: 'registration-accepted', change, ...event } });
    const advice = this.#advice(lifetimeSeconds);
    const content = { status: BindingStatus.accepted, sequence, lifetimeSeconds, options: advice };
    this.#outbox.push(acknowledgementOf(request, content));
  }

  // §6.2.4: none that is not shorter than the lifetime.
  #advice(lifetimeSeconds: number): MobilityOption[] {
    const intervalSeconds = floorLifetime(this.#config.refreshAdviceSeconds ?? 0);
    return intervalSeconds === 0 || intervalSeconds >= lifetimeSeconds
      ? []
      : [{ kind: 'binding-refresh-advice', intervalSeconds }];
  }
}
