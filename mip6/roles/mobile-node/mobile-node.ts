import type { Ipv6Address } from '../../wire/address.ts';
import { MAX_RR_BINDING_LIFETIME } from '../../wire/constants.ts';
import { Counters } from '../shared/counters.ts';
import { earliest } from '../shared/instants.ts';
import { Outbox } from '../shared/outbox.ts';
import { ProtocolError } from '../shared/protocol-error.ts';
import type { Instant, Role } from '../shared/role.ts';
import { type AgedToken, aged } from './address-test.ts';
import { CorrespondentEntry } from './correspondent-entry.ts';
import { HomeRegistration } from './home-registration.ts';
import { type MobileNodeContext, report } from './mobile-node-context.ts';
import { MobileNodeReceiver } from './mobile-node-receiver.ts';
import type {
  AcknowledgedBinding,
  ExportedBinding,
  MobileNodeConfig,
  MobileNodeInput,
  MobileNodeOutput,
  Recognition,
} from './mobile-node-types.ts';
import { bindingLifetime } from './registered-lifetime.ts';
import { UnsupportedCorrespondents } from './unsupported-correspondents.ts';

const DEFAULT_RETRANSMISSION_LIMIT = 8;
const DEFAULT_REFRESH_AT = 0.9;

type TestsAsked = Extract<MobileNodeInput, { kind: 'start-return-routability' }>;

/**
 * A mobile node with one home address and any number of correspondents (RFC 6275 §11): home registration, return
 * routability as a step of its own, and bindings at correspondents that may come from and go to other members.
 *
 * Kernel state comes in the order in which it is to be made: phase `pending` before the Binding Update that needs it,
 * `active` after the acknowledgement. Throws ProtocolError for inputs that make no sense: `bind` before any care-of address is
 * known, lifetimes below 4 seconds, an imported binding of another home address.
 */
export class MobileNode implements Role<MobileNodeInput, MobileNodeOutput> {
  readonly counters = new Counters();
  readonly #outbox = new Outbox<MobileNodeOutput>();
  readonly #context: MobileNodeContext;
  readonly #home: HomeRegistration;
  readonly #entries = new Map<Ipv6Address, CorrespondentEntry>();
  readonly #unsupported: UnsupportedCorrespondents;
  readonly #receiver: MobileNodeReceiver;

  constructor(config: MobileNodeConfig) {
    this.#context = {
      homeAddress: config.homeAddress,
      random: config.random,
      retransmissionLimit: config.retransmissionLimit ?? DEFAULT_RETRANSMISSION_LIMIT,
      refreshAt: config.refreshAt ?? DEFAULT_REFRESH_AT,
      outbox: this.#outbox,
      counters: this.counters,
    };
    this.#home = new HomeRegistration(this.#context);
    this.#unsupported = new UnsupportedCorrespondents(config.unsupportedSeconds ?? MAX_RR_BINDING_LIFETIME);
    this.#receiver = new MobileNodeReceiver(this.#context, this.#home, this.#entries, this.#unsupported);
  }

  handle(input: MobileNodeInput, now: Instant): void {
    this.handleTimeout(now);
    switch (input.kind) {
      case 'datagram':
        this.#receiver.receive(input.datagram, now);
        break;
      case 'register-home': {
        const lifetimeSeconds = bindingLifetime(input.lifetimeSeconds);
        this.#home.register({ ...input, kind: 'register', lifetimeSeconds, refusals: 0 }, now);
        break;
      }
      case 'deregister-home':
        this.#home.deregister(now);
        break;
      case 'forget-home':
        this.#home.drop();
        break;
      case 'start-return-routability':
        // Its kernel refuses, too, while its daemon is away.
        if (input.bound === true) this.#unsupported.remove(input.correspondent);
        else if (this.#refused(input.correspondent, now)) break;
        if (input.home !== undefined) this.#entry(input.correspondent).routability.takeHome(input.home, now);
        this.#entry(input.correspondent).routability.start(input.careOfAddress, whichTests(input), now);
        break;
      case 'defend':
        this.#entry(input.correspondent).registration.defend();
        break;
      case 'burn':
        this.#entries.get(input.correspondent)?.registration.exchange.sequence.burn(input.sequence);
        break;
      case 'bind':
        // Where nothing has been tested nothing can be bound, and whoever asks is told so.
        if (
          this.#unsupported.has(input.correspondent, now) ||
          this.#entries.get(input.correspondent)?.routability.careOfAddress === undefined
        )
          report(this.#context, {
            kind: 'gave-up',
            correspondent: input.correspondent,
            step: 'binding-update',
          });
        else this.#entry(input.correspondent).bind(input, now);
        break;
      case 'adopt':
        this.#unsupported.remove(input.correspondent);
        this.#entry(input.correspondent).adopt(input, now);
        break;
      case 'test-home':
        this.#entries.get(input.correspondent)?.routability.testHome(now);
        break;
      case 'bind-for':
        this.#entries.get(input.correspondent)?.bindFor(input, now);
        break;
      case 'unbind':
        this.#entry(input.correspondent).unbind(input, now);
        break;
      case 'suspend':
        this.#entries.get(input.correspondent)?.registration.suspend(input.optimises ?? true);
        break;
      case 'resume':
        this.#entries.get(input.correspondent)?.registration.resume();
        break;
      case 'forget':
        this.#entries.get(input.correspondent)?.stop();
        this.#entries.delete(input.correspondent);
        break;
      case 'import':
        this.#import(input.binding);
        break;
      case 'parameter-problem':
        this.#receiver.receiveParameterProblem(input, now);
        break;
      default:
        input satisfies never;
    }
  }

  poll(): MobileNodeOutput | undefined {
    return this.#outbox.poll();
  }

  deadline(): Instant | undefined {
    const correspondents = [...this.#entries.values()].map((entry) => entry.deadline());
    return earliest([this.#home.deadline(), ...correspondents]);
  }

  handleTimeout(now: Instant): void {
    this.#home.handleTimeout(now);
    for (const entry of this.#entries.values()) entry.handleTimeout(now);
  }

  /** Whether an arrival answers a message of this mobile node, where several share a care-of address; `handle` is not called by this. */
  recognizes(
    arrival: Extract<MobileNodeInput, { kind: 'datagram' | 'parameter-problem' }>,
    now: Instant,
  ): Recognition {
    if (arrival.kind === 'datagram')
      return this.#receiver.recognizes(arrival.datagram) ? 'awaited' : undefined;
    return this.#receiver.recognizesProblem(arrival, now);
  }

  /** What the next member needs to go on with this correspondent; undefined for one never heard of. */
  exportBinding(correspondent: Ipv6Address): ExportedBinding | undefined {
    const entry = this.#entries.get(correspondent);
    if (entry === undefined) return undefined;
    const { homeAddress } = this.#context;
    const sequence = entry.registration.exchange.sequence.last;
    return { correspondent, homeAddress, ...(sequence === undefined ? {} : { sequence }) };
  }

  /** The number of the last Binding Update to this correspondent, or the one before the first, where that is known already. */
  sequenceBefore(correspondent: Ipv6Address): number | undefined {
    return this.#entries.get(correspondent)?.registration.exchange.sequence.before;
  }

  /** The correspondent may be bound to another node from here (`bind-for`). */
  holdsHomeToken(correspondent: Ipv6Address, now: Instant): boolean {
    return this.#entries.get(correspondent)?.routability.token('home', now) !== undefined;
  }

  /** What another node of this home address can use in its own updates, beside a care-of token of its own; undefined: none, or too old. */
  homeToken(correspondent: Ipv6Address, now: Instant): AgedToken | undefined {
    const tested = this.#entries.get(correspondent)?.routability.token('home', now);
    return tested && aged(tested, now);
  }

  /** What another node needs to bind the correspondent to this one; undefined: it has not been tested here, or too long ago. */
  careOfToken(
    correspondent: Ipv6Address,
    now: Instant,
  ): (AgedToken & { readonly roundTripMs: number }) | undefined {
    const tested = this.#entries.get(correspondent)?.routability.token('careOf', now);
    return tested && { ...aged(tested, now), roundTripMs: tested.receivedAt - tested.issuedAt };
  }

  /** Of the test that this correspondent has answered soonest, ms; undefined: it has answered none. */
  leastRoundTripMs(correspondent: Ipv6Address): number | undefined {
    return this.#entries.get(correspondent)?.routability.leastRoundTripMs;
  }

  /** This correspondent has acknowledged a binding of this node that is in force. */
  isBound(correspondent: Ipv6Address, now: Instant): boolean {
    const until = this.#entries.get(correspondent)?.registration.acknowledgedUntil;
    return until !== undefined && until > now;
  }

  /** All bindings of this node that correspondents have acknowledged and that are in force. */
  bindings(now: Instant): readonly AcknowledgedBinding[] {
    return [...this.#entries].flatMap(([correspondent, { registration }]) => {
      const sequence = registration.exchange.sequence.last;
      const lifetimeMs = (registration.acknowledgedUntil ?? now) - now;
      return sequence === undefined || lifetimeMs <= 0 ? [] : [{ correspondent, sequence, lifetimeMs }];
    });
  }

  #entry(correspondent: Ipv6Address): CorrespondentEntry {
    const known = this.#entries.get(correspondent);
    if (known !== undefined) return known;
    const entry = new CorrespondentEntry(this.#context, correspondent);
    this.#entries.set(correspondent, entry);
    return entry;
  }

  /** A correspondent that has shown to have no Mobile IPv6 is not asked again so soon (§11.3.5). */
  #refused(correspondent: Ipv6Address, now: Instant): boolean {
    const refused = this.#unsupported.has(correspondent, now);
    if (refused) report(this.#context, { kind: 'mobility-unsupported', correspondent });
    return refused;
  }

  #import({ correspondent, homeAddress, sequence }: ExportedBinding): void {
    if (homeAddress !== this.#context.homeAddress) {
      throw new ProtocolError(`binding of ${homeAddress} offered to ${this.#context.homeAddress}`);
    }
    const entry = this.#entry(correspondent);
    if (sequence !== undefined) entry.registration.exchange.sequence.adopt(sequence);
  }
}

function whichTests({ fresh = false, renewed = false }: TestsAsked): 'missing' | 'fresh' | 'renewed' {
  if (fresh) return 'fresh';
  return renewed ? 'renewed' : 'missing';
}
