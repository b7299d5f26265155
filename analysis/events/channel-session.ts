import type { TlsKeyLog, TlsRole, TrafficKeys } from './channel-keys.ts';

/** One connection's TLS session, which both directions' scanners share: named by its Client Hello, its keys from the key log. */
export class TlsSession {
  readonly #log: TlsKeyLog;
  readonly #keys = new Map<TlsRole, TrafficKeys | undefined>();
  #random: string | undefined;

  constructor(log: TlsKeyLog) {
    this.#log = log;
  }

  /** The Client Hello has been seen. */
  get known(): boolean {
    return this.#random !== undefined;
  }

  /** `clientRandom`: 32 octets. */
  begin(clientRandom: Uint8Array): void {
    this.#random = Buffer.from(clientRandom).toString('hex');
  }

  /** The key log knows this direction's secret. */
  has(role: TlsRole): boolean {
    return this.keysOf(role) !== undefined;
  }

  /** Undefined before the Client Hello, and when the key log does not know the session. */
  keysOf(role: TlsRole): TrafficKeys | undefined {
    if (this.#random === undefined) return undefined;
    if (!this.#keys.has(role)) this.#keys.set(role, this.#log.keysOf(this.#random, role));
    return this.#keys.get(role);
  }
}
