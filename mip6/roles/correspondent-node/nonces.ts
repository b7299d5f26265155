import { MAX_NONCE_LIFETIME, MAX_TOKEN_LIFETIME } from '../../wire/constants.ts';
import { secondsToMs } from '../shared/instants.ts';
import type { Instant, RandomBytes } from '../shared/role.ts';

/** RFC 6275 §5.2.2 suggests 64-bit nonces. */
const NONCE_OCTETS = 8;
const INDEX_MODULUS = 65_536;
const LIFETIME_MS = secondsToMs(MAX_NONCE_LIFETIME);
/** Young enough that a token made with it now lives MAX_TOKEN_LIFETIME. */
const IN_USE_MS = secondsToMs(MAX_NONCE_LIFETIME - MAX_TOKEN_LIFETIME);

export interface Nonce {
  /** 0…65535 */
  readonly index: number;
  /** 8 octets */
  readonly value: Uint8Array;
  readonly createdAt: Instant;
}

/**
 * The nonces behind keygen tokens (RFC 6275 §5.2.2, §5.2.3): each is handed out for 30 s and recognised for
 * MAX_NONCE_LIFETIME, so that every token is good for at least MAX_TOKEN_LIFETIME.
 *
 * A nonce is made when a token asks for one; an idle node keeps no timer. The first index is random, so that
 * tokens from before a restart are most probably reported as expired instead of failing their authenticator.
 */
export class NonceTable {
  readonly #random: RandomBytes;
  #nextIndex: number;
  #nonces: Nonce[] = [];

  constructor(random: RandomBytes) {
    this.#random = random;
    const [high, low] = random(2);
    this.#nextIndex = high! * 256 + low!;
  }

  /** The nonce for tokens made now. */
  current(now: Instant): Nonce {
    const last = this.#nonces.at(-1);
    if (last !== undefined && now - last.createdAt < IN_USE_MS) return last;
    const fresh = { index: this.#nextIndex, value: this.#random(NONCE_OCTETS), createdAt: now };
    this.#nextIndex = (this.#nextIndex + 1) % INDEX_MODULUS;
    this.#nonces = [...this.#nonces.filter((nonce) => isRecognised(nonce, now)), fresh];
    return fresh;
  }

  /** The nonce of this index, undefined when it has expired or never was. */
  find(index: number, now: Instant): Nonce | undefined {
    return this.#nonces.find((nonce) => nonce.index === index && isRecognised(nonce, now));
  }

  /** No token made so far is good any more (§5.2.8, the last measure). */
  invalidateAll(): void {
    this.#nonces = [];
  }
}

function isRecognised(nonce: Nonce, now: Instant): boolean {
  return now - nonce.createdAt < LIFETIME_MS;
}
