import { constants } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type net from 'node:net';
import tls from 'node:tls';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { type KeyRing, type PairKey, pairKeys } from '../../server/channel/channel-keys.ts';
import { Handshake, type HandshakeInput, type HandshakeOutcome } from '../../server/channel/handshake.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';

/** What a connection is keyed with. */
export interface Keying {
  /** with the trust key, too: frames with association data may travel on it */
  readonly trusted: boolean;
  /** ids of the group key and, where it is one, the trust key, as the identity names them; absent: the channel is in the clear */
  readonly keyIds?: string;
  /** The member holds this key still. */
  isValid(): boolean;
}

/** How one connection to a peer fares: a stream to speak on, or nothing, and the connection is closed. */
export interface SecuringOutcome {
  onSecure(socket: net.Socket, keying: Keying): void;
  /** Whoever answers or calls has not shown that it belongs to the group. `another`: there is a further key to call it with. */
  onRefused(reason: string, another: boolean): void;
}

/** Secures one connection to a peer, in either role. */
export interface ChannelSecurity {
  connecting(raw: net.Socket, peer: Ipv6Address, outcome: SecuringOutcome): void;
  answering(raw: net.Socket, peer: Ipv6Address, outcome: SecuringOutcome): void;
}

const unkeyed: Keying = { trusted: false, isValid: () => true };

/** Frames in the clear: for a network that is guarded otherwise, and for tests that show what that means. */
export const plainChannel: ChannelSecurity = {
  connecting: (raw, _peer, { onSecure }) => onSecure(raw, unkeyed),
  answering: (raw, _peer, { onSecure }) => onSecure(raw, unkeyed),
};

/** TLS 1.3 alone, with one cipher suite: SHA-256 is what an external pre-shared key implies (RFC 8446 §4.2.11). */
const SUITE = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  // One key share: each flight of the handshake is one packet.
  ecdhCurve: 'X25519',
  // Sessions are not resumed; without this option the tickets would be some hundred octets long.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/** Octets of an identity that are told: an address and the ids of two keys. */
const LONGEST_IDENTITY = 112;

interface KeyedChannelOptions {
  readonly keys: KeyRing;
  readonly self: Ipv6Address;
  /** this member and that one may both hold association data of a same contact address; default: none */
  isTrusted?(peer: Ipv6Address): boolean;
  /** session secrets are appended there in the format that Wireshark reads; absent: nowhere */
  readonly keyLogPath?: string;
}

/**
 * Mutually authenticated TLS 1.3 by pre-shared keys, one for each pair of members and derived from the secrets that both hold
 * (server/channel/channel-keys.ts): who does not hold them gets no further than the handshake, in either role. A peer's identity
 * is its care-of address.
 */
export class KeyedChannel implements ChannelSecurity {
  readonly #options: KeyedChannelOptions;
  #keys: KeyRing;
  /** how many keys a peer has refused, since it took one or since all were tried */
  readonly #refused = new Map<Ipv6Address, number>();

  constructor(options: KeyedChannelOptions) {
    this.#options = options;
    this.#keys = options.keys;
  }

  /** These from now on; connections that stand under another one are for who has them to close (`Keying.isValid`). */
  renew(keys: KeyRing): void {
    this.#keys = keys;
    this.#refused.clear();
  }

  connecting(raw: net.Socket, peer: Ipv6Address, { onSecure, onRefused }: SecuringOutcome): void {
    const { self, keyLogPath } = this.#options;
    const keys = this.#pairKeys(self, peer);
    const refused = this.#refused.get(peer) ?? 0;
    const pair = keys[refused % Math.max(1, keys.length)];
    if (pair === undefined) {
      raw.destroy();
      onRefused('this member has no key for it', false);
      return;
    }
    const secured = tls.connect({
      ...SUITE,
      socket: raw,
      pskCallback: () => ({ psk: pair.psk, identity: pair.identity }),
      // There is no certificate: a server that knows the key is the peer.
      checkServerIdentity: () => undefined,
    });
    if (keyLogPath !== undefined) secured.on('keylog', (line) => appendFileSync(keyLogPath, line));
    settle(secured, 'secureConnect', () => secured.authorized, {
      onSecure: () => {
        this.#refused.delete(peer);
        onSecure(secured, this.#keying(pair, self, peer));
      },
      onRefused: (reason) => {
        const next = (refused + 1) % keys.length;
        this.#refused.set(peer, next);
        onRefused(reason, next > 0);
      },
    });
  }

  answering(raw: net.Socket, peer: Ipv6Address, { onSecure, onRefused }: SecuringOutcome): void {
    const { self } = this.#options;
    let pair: PairKey | undefined;
    let unknown: string | undefined;
    const secured = new tls.TLSSocket(raw, {
      ...SUITE,
      isServer: true,
      // Node takes a missing key for a refusal, and offers no certificate instead.
      pskCallback: (_socket: tls.TLSSocket, identity: string) => {
        pair = this.#pairKeys(peer, self).find((one) => one.identity === identity);
        if (pair === undefined) unknown = JSON.stringify(identity.slice(0, LONGEST_IDENTITY));
        return pair?.psk ?? null;
      },
    } as tls.TLSSocketOptions);
    settle(secured, 'secure', () => pair !== undefined, {
      onSecure: () => onSecure(secured, this.#keying(pair!, peer, self)),
      onRefused: (reason) =>
        onRefused(
          unknown === undefined ? reason : `this member has no key for the identity ${unknown}`,
          false,
        ),
    });
  }

  #pairKeys(caller: Ipv6Address, callee: Ipv6Address): readonly PairKey[] {
    const { isTrusted = () => false, self } = this.#options;
    return pairKeys(this.#keys, caller, callee, isTrusted(caller === self ? callee : caller));
  }

  #keying({ identity, psk, trusted }: PairKey, caller: Ipv6Address, callee: Ipv6Address): Keying {
    const isValid = (): boolean =>
      this.#pairKeys(caller, callee).some((one) => one.identity === identity && one.psk.equals(psk));
    return { trusted, isValid, keyIds: keyIdsOf(identity) };
  }
}

interface Settled {
  onSecure(): void;
  onRefused(reason: string): void;
}

/** Waits for the handshake's end, whichever it is; reports it once, a failure as soon as it is known. */
function settle(
  secured: tls.TLSSocket,
  success: 'secure' | 'secureConnect',
  authorized: () => boolean,
  { onSecure, onRefused }: Settled,
): void {
  const driver = new RoleDriver<HandshakeInput, HandshakeOutcome>(new Handshake(monotonicMs()), (outcome) => {
    if (outcome.kind === 'secure') onSecure();
    else {
      onRefused(outcome.reason);
      secured.destroy();
    }
  });
  driver.start();
  const refuse = (reason: string): void => driver.handle({ kind: 'failed', reason });
  secured.on('error', (error) => {
    refuse(error.message);
    secured.destroy();
  });
  secured.once('close', () => refuse('closed during the handshake'));
  secured.once(success, () => {
    if (authorized()) driver.handle({ kind: 'shown' });
    else refuse('the other end has shown no key');
  });
}

/** `2026-11`, `2026-11 and t2`; a key without an id is `unnamed`. */
function keyIdsOf(identity: string): string {
  const [, group = 'unnamed', trust] = /^[^#/]*(?:#([^/]*))?(?:\/(.*))?$/.exec(identity) ?? [];
  return trust === undefined ? group : `${group} and ${trust || 'unnamed'}`;
}
