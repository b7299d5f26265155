import { INITIAL_BINDACK_TIMEOUT, MAX_TOKEN_LIFETIME } from '../../wire/constants.ts';
import { equalOctets } from '../../wire/octets.ts';
import { secondsToMs } from '../shared/instants.ts';
import { firstTransmission, nextTransmission, type Retransmission } from '../shared/retransmission.ts';
import type { Instant } from '../shared/role.ts';

interface SentInit {
  /** 8 octets */
  readonly cookie: Uint8Array;
  readonly at: Instant;
}

/** What a Home Test or Care-of Test brings. */
export interface KeygenToken {
  /** 8 octets */
  readonly token: Uint8Array;
  /** 0…65535 */
  readonly nonceIndex: number;
}

/** The same, `ageMs` after its Init left: the token is not older. */
export interface AgedToken extends KeygenToken {
  readonly ageMs: number;
}

/**
 * The mobile node's side of one address test with one correspondent (RFC 6275 §11.6).
 *
 * Retransmitted Inits have new cookies (§11.8). All cookies of one run are kept, as each answer proves the same;
 * so a path slower than the first timeout does not make every answer a stray.
 */
export type AddressTest =
  | { readonly state: 'untested' }
  /** an Init is due: held back by MAX_UPDATE_RATE */
  | { readonly state: 'held-back'; readonly until: Instant; readonly run: TestRun | undefined }
  | { readonly state: 'testing'; readonly run: TestRun }
  | ({
      readonly state: 'tested';
      readonly run: TestRun;
      /** when the Init left: the token cannot be older */
      readonly issuedAt: Instant;
      readonly receivedAt: Instant;
    } & KeygenToken);

export interface TestRun {
  readonly sent: readonly SentInit[];
  readonly timer: Retransmission;
}

export type TestedAddress = Extract<AddressTest, { state: 'tested' }>;

/** A token that came otherwise than by a test of this node's own. */
export function tested({ ageMs, ...token }: AgedToken, now: Instant): TestedAddress {
  const run = { sent: [], timer: firstTransmission(now, INITIAL_BINDACK_TIMEOUT) };
  return { state: 'tested', run, issuedAt: now - ageMs, receivedAt: now, ...token };
}

/** For another node. */
export function aged({ token, nonceIndex, issuedAt }: TestedAddress, now: Instant): AgedToken {
  return { token, nonceIndex, ageMs: now - issuedAt };
}

/** An Init with this cookie has been sent, the first or a further one. */
export function initSent(run: TestRun | undefined, cookie: Uint8Array, now: Instant): AddressTest {
  const sent = [...(run?.sent ?? []), { cookie, at: now }];
  const timer =
    run === undefined ? firstTransmission(now, INITIAL_BINDACK_TIMEOUT) : nextTransmission(run.timer, now);
  return { state: 'testing', run: { sent, timer } };
}

/** Whether an Init of this run had this cookie. */
export function wasSent(test: AddressTest, cookie: Uint8Array): boolean {
  return sentWith(test, cookie) !== undefined;
}

/** A test message has come: the new state, `duplicate` when it was answered before, `unmatched` for a cookie never sent. */
export function testReceived(
  test: AddressTest,
  cookie: Uint8Array,
  token: KeygenToken,
  now: Instant,
): TestedAddress | 'duplicate' | 'unmatched' {
  const run = runOf(test);
  const init = sentWith(test, cookie);
  if (run === undefined || init === undefined) return 'unmatched';
  if (test.state === 'tested') return 'duplicate';
  return { state: 'tested', run, issuedAt: init.at, receivedAt: now, ...token };
}

/** The test if its token may still be used (MAX_TOKEN_LIFETIME, §5.2.7). */
export function usable(test: AddressTest, now: Instant): TestedAddress | undefined {
  if (test.state !== 'tested') return undefined;
  return now - test.issuedAt < secondsToMs(MAX_TOKEN_LIFETIME) ? test : undefined;
}

/** When `test` has something to send. */
export function testDeadline(test: AddressTest): Instant | undefined {
  if (test.state === 'held-back') return test.until;
  return test.state === 'testing' ? test.run.timer.nextAt : undefined;
}

function runOf(test: AddressTest): TestRun | undefined {
  return test.state === 'untested' ? undefined : test.run;
}

function sentWith(test: AddressTest, cookie: Uint8Array): SentInit | undefined {
  return runOf(test)?.sent.find((sent) => equalOctets(sent.cookie, cookie));
}
