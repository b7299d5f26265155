import type { Ipv6Address } from '../../wire/address.ts';
import { COOKIE_OCTETS, MAX_TOKEN_LIFETIME, MAX_UPDATE_RATE } from '../../wire/constants.ts';
import type { CareOfTest, HomeTest, MobilityMessage } from '../../wire/messages.ts';
import { emitMobilityHeader } from '../../wire/mobility-header.ts';
import { earliest, secondsToMs } from '../shared/instants.ts';
import { ProtocolError } from '../shared/protocol-error.ts';
import { RateLimit } from '../shared/rate-limit.ts';
import type { Instant } from '../shared/role.ts';
import {
  type AddressTest,
  type AgedToken,
  initSent,
  type TestedAddress,
  type TestRun,
  testDeadline,
  tested,
  testReceived,
  usable,
  wasSent,
} from './address-test.ts';
import { type MobileNodeContext, report } from './mobile-node-context.ts';

const SECOND_MS = 1000;
const UNTESTED: AddressTest = { state: 'untested' };
const SIDES = ['home', 'careOf'] as const;
type Side = (typeof SIDES)[number];
/** Half a token's life (MAX_TOKEN_LIFETIME): what is asked for now is used within the other half. */
const FRESH_ENOUGH_MS = secondsToMs(MAX_TOKEN_LIFETIME) / 2;

/** Which tests a Binding Update needs: a deletion takes the home test alone (RFC 6275 §5.2.5). */
export type Need = 'both' | 'home';

export interface UsableTokens {
  readonly careOfAddress: Ipv6Address;
  readonly home: TestedAddress;
  readonly careOf: TestedAddress | undefined;
}

/** The mobile node's return routability procedure with one correspondent (RFC 6275 §5.2.5, §11.6). */
export class ReturnRoutability {
  readonly #context: MobileNodeContext;
  readonly #correspondent: Ipv6Address;
  readonly #tests: Record<Side, AddressTest> = { home: UNTESTED, careOf: UNTESTED };
  /** good until the test that is to bring a younger one is answered */
  readonly #before: Record<Side, AddressTest> = { home: UNTESTED, careOf: UNTESTED };
  readonly #rates: Record<Side, RateLimit> = { home: perSecond(), careOf: perSecond() };
  #careOfAddress: Ipv6Address | undefined;
  #leastRoundTripMs: number | undefined;
  /** both tests were asked for and their completion was not reported yet */
  #running = false;

  constructor(context: MobileNodeContext, correspondent: Ipv6Address) {
    this.#context = context;
    this.#correspondent = correspondent;
  }

  get careOfAddress(): Ipv6Address | undefined {
    return this.#careOfAddress;
  }

  /** Of the last care-of test that was answered, ms; 0 when none was. */
  get roundTripMs(): number {
    const { careOf } = this.#tests;
    return careOf.state === 'tested' ? careOf.receivedAt - careOf.issuedAt : 0;
  }

  /** Of the test that was answered soonest, ms; undefined when none was. Of two at a time a slow correspondent answers one later. */
  get leastRoundTripMs(): number | undefined {
    return this.#leastRoundTripMs;
  }

  /** What the correspondent has given to the home address, or to the care-of address, if it may still be used. */
  token(side: Side, now: Instant): TestedAddress | undefined {
    return this.#usable(side, now);
  }

  /** A home keygen token that another node of this home address has got, unless this one has one. */
  takeHome(token: AgedToken, now: Instant): void {
    if (this.#usable('home', now) === undefined) this.#tests.home = tested(token, now);
  }

  /** Asks for a home keygen token alone, unless there is one that will be good for a while. */
  testHome(now: Instant): void {
    const { home } = this.#tests;
    if (home.state === 'tested' && now - home.issuedAt > FRESH_ENOUGH_MS) this.#tests.home = UNTESTED;
    this.#run('home', now);
  }

  /**
   * Runs what is missing for this care-of address; `fresh`: everything, and the tokens of before are good for nothing; `renewed`: everything, and
   * they are good until there are others.
   */
  start(careOfAddress: Ipv6Address, which: 'missing' | 'fresh' | 'renewed', now: Instant): void {
    this.moveTo(careOfAddress);
    for (const side of SIDES) {
      const test = this.#tests[side];
      if (which === 'missing' || (which === 'renewed' && test.state !== 'tested')) continue;
      this.#before[side] = which === 'renewed' ? test : UNTESTED;
      this.#tests[side] = UNTESTED;
    }
    this.#running = true;
    this.#run('both', now);
  }

  /** Updates go out from this care-of address from now on; nothing is tested yet. */
  moveTo(careOfAddress: Ipv6Address): void {
    if (careOfAddress !== this.#careOfAddress) this.#tests.careOf = this.#before.careOf = UNTESTED;
    this.#careOfAddress = careOfAddress;
  }

  /** The tokens for an update sent now; undefined, and the missing tests started, when they are not at hand. */
  demand(need: Need, now: Instant): UsableTokens | undefined {
    const careOfAddress = this.#careOfAddress;
    if (careOfAddress === undefined) {
      throw new ProtocolError(
        `no care-of address yet towards ${this.#correspondent}: start return routability`,
      );
    }
    const home = this.#usable('home', now);
    const careOf = this.#usable('careOf', now);
    if (home !== undefined && (need === 'home' || careOf !== undefined)) {
      return { careOfAddress, home, careOf };
    }
    if (need === 'both') this.#running = true;
    this.#run(need, now);
    return undefined;
  }

  /** Drops tokens whose nonces the correspondent no longer recognises (status 136, 137, 138). */
  expire(which: { readonly home: boolean; readonly careOf: boolean }): void {
    for (const side of SIDES) if (which[side]) this.#tests[side] = this.#before[side] = UNTESTED;
  }

  /** Stops all retransmission; tokens stay good. */
  stop(): void {
    this.#running = false;
    for (const side of SIDES) if (this.#tests[side].state !== 'tested') this.#tests[side] = UNTESTED;
  }

  receive(message: HomeTest | CareOfTest, now: Instant): 'accepted' | 'duplicate' | 'unmatched' {
    const [side, cookie, token, nonceIndex] =
      message.kind === 'home-test'
        ? (['home', message.homeInitCookie, message.homeKeygenToken, message.homeNonceIndex] as const)
        : ([
            'careOf',
            message.careOfInitCookie,
            message.careOfKeygenToken,
            message.careOfNonceIndex,
          ] as const);
    const result = testReceived(this.#tests[side], cookie, { token, nonceIndex }, now);
    if (result === 'duplicate' || result === 'unmatched') return result;
    this.#tests[side] = result;
    this.#before[side] = UNTESTED;
    const roundTripMs = result.receivedAt - result.issuedAt;
    this.#leastRoundTripMs = Math.min(this.#leastRoundTripMs ?? roundTripMs, roundTripMs);
    this.#reportIfComplete(now);
    return 'accepted';
  }

  /** A Care-of Test for an Init of this home address, answered before or not. */
  knows({ careOfInitCookie }: CareOfTest): boolean {
    return wasSent(this.#tests.careOf, careOfInitCookie);
  }

  /** An Init with this cookie, 8 octets, has left and has no answer yet. */
  awaits(side: Side, cookie: Uint8Array): boolean {
    const test = this.#tests[side];
    return test.state !== 'tested' && wasSent(test, cookie);
  }

  deadline(): Instant | undefined {
    return earliest(SIDES.map((side) => testDeadline(this.#tests[side])));
  }

  /** Sends what is due; false when a test has failed for good. */
  handleTimeout(now: Instant): boolean {
    for (const side of SIDES) {
      const test = this.#tests[side];
      const due = testDeadline(test);
      if (due === undefined || due > now || test.state === 'untested') continue;
      if (test.run !== undefined && test.run.timer.sent > this.#context.retransmissionLimit) {
        const step = side === 'home' ? 'home-test' : 'care-of-test';
        this.stop();
        report(this.#context, { kind: 'gave-up', correspondent: this.#correspondent, step });
        return false;
      }
      this.#sendInit(side, test.run, now);
    }
    return true;
  }

  #usable(side: Side, now: Instant): TestedAddress | undefined {
    return usable(this.#tests[side], now) ?? usable(this.#before[side], now);
  }

  #run(need: Need, now: Instant): void {
    for (const side of need === 'both' ? SIDES : (['home'] as const)) {
      const { state } = this.#tests[side];
      const underWay = state === 'testing' || state === 'held-back';
      if (!underWay && usable(this.#tests[side], now) === undefined) this.#sendInit(side, undefined, now);
    }
    this.#reportIfComplete(now);
  }

  #sendInit(side: Side, run: TestRun | undefined, now: Instant): void {
    const allowed = this.#rates[side].nextAllowed(now);
    if (allowed > now) {
      this.#tests[side] = { state: 'held-back', until: allowed, run };
      return;
    }
    this.#rates[side].use(now);
    const cookie = this.#context.random(COOKIE_OCTETS);
    this.#tests[side] = initSent(run, cookie, now);
    this.#transmitInit(side, cookie);
  }

  // §11.6.1: the Home Test Init leaves from the home address through the home agent, the other directly.
  #transmitInit(side: Side, cookie: Uint8Array): void {
    const home = side === 'home';
    const source = home ? this.#context.homeAddress : this.#careOfAddress!;
    const addresses = { source, destination: this.#correspondent };
    const message: MobilityMessage = home
      ? { kind: 'home-test-init', homeInitCookie: cookie, options: [] }
      : { kind: 'care-of-test-init', careOfInitCookie: cookie, options: [] };
    const bytes = emitMobilityHeader(message, addresses);
    this.#context.counters.add(`sent.${message.kind}`);
    this.#context.outbox.push({
      kind: 'transmit',
      ...addresses,
      via: home ? 'home-tunnel' : 'direct',
      bytes,
    });
  }

  #reportIfComplete(now: Instant): void {
    const home = usable(this.#tests.home, now);
    const careOf = usable(this.#tests.careOf, now);
    if (!this.#running || home === undefined || careOf === undefined) return;
    this.#running = false;
    report(this.#context, {
      kind: 'return-routability-complete',
      correspondent: this.#correspondent,
      careOfAddress: this.#careOfAddress!,
      homeTokenAgeMs: now - home.receivedAt,
      careOfTokenAgeMs: now - careOf.receivedAt,
    });
  }
}

function perSecond(): RateLimit {
  return new RateLimit(MAX_UPDATE_RATE, SECOND_MS);
}
