import { constants, createHmac } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type net from 'node:net';
import tls from 'node:tls';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** How one connection to a peer fares: a stream to speak on, or nothing, and the connection is closed. */
export interface SecuringOutcome {
  onSecure(socket: net.Socket): void;
  /** Whoever answers or calls has not shown that it belongs to the group. */
  onRefused(reason: string): void;
}

/** Secures one connection to a peer, in either role. */
export interface ChannelSecurity {
  connecting(raw: net.Socket, peer: Ipv6Address, outcome: SecuringOutcome): void;
  answering(raw: net.Socket, peer: Ipv6Address, outcome: SecuringOutcome): void;
}

/** Frames in the clear: for a network that is guarded otherwise, and for tests that show what that means. */
export const plainChannel: ChannelSecurity = {
  connecting: (raw, _peer, { onSecure }) => onSecure(raw),
  answering: (raw, _peer, { onSecure }) => onSecure(raw),
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

/** ms for a handshake, many round trips of any path; who has not finished by then is refused */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Mutually authenticated TLS 1.3 by pre-shared keys, one for each pair of members and derived from the server's group key:
 * who does not hold it gets no further than the handshake, in either role. A peer's identity is its care-of address.
 *
 * `keyLogPath`: session secrets are appended there in the format that Wireshark reads; absent: nowhere.
 */
export function tlsChannel(groupKey: Uint8Array, self: Ipv6Address, keyLogPath?: string): ChannelSecurity {
  return {
    connecting(raw, peer, outcome) {
      const identity = { psk: pairKey(groupKey, self, peer), identity: self };
      const secured = tls.connect({
        ...SUITE,
        socket: raw,
        pskCallback: () => identity,
        // There is no certificate: a server that knows the key is the peer.
        checkServerIdentity: () => undefined,
      });
      if (keyLogPath !== undefined) secured.on('keylog', (line) => appendFileSync(keyLogPath, line));
      settle(secured, 'secureConnect', outcome, () => secured.authorized);
    },
    answering(raw, peer, outcome) {
      const psk = pairKey(groupKey, self, peer);
      const secured = new tls.TLSSocket(raw, {
        ...SUITE,
        isServer: true,
        // Node takes a missing key for a refusal, and offers no certificate instead.
        pskCallback: (_socket: tls.TLSSocket, identity: string) => (identity === peer ? psk : null),
      } as tls.TLSSocketOptions);
      settle(secured, 'secure', outcome, () => true);
    },
  };
}

/** Waits for the handshake's end, whichever it is; reports it once. */
function settle(
  secured: tls.TLSSocket,
  success: 'secure' | 'secureConnect',
  { onSecure, onRefused }: SecuringOutcome,
  authorized: () => boolean,
): void {
  let reason = 'closed during the handshake';
  const refuse = (): void => {
    clearTimeout(timer);
    onRefused(reason);
  };
  const timer = setTimeout(() => {
    reason = `no handshake within ${HANDSHAKE_TIMEOUT_MS} ms`;
    secured.destroy();
  }, HANDSHAKE_TIMEOUT_MS);
  secured.on('error', (error) => {
    reason = error.message;
    secured.destroy();
  });
  secured.once('close', refuse);
  secured.once(success, () => {
    if (!authorized()) {
      secured.destroy();
      return;
    }
    clearTimeout(timer);
    secured.removeListener('close', refuse);
    onSecure(secured);
  });
}

/** 32 octets; the same at both ends. */
function pairKey(groupKey: Uint8Array, one: Ipv6Address, other: Ipv6Address): Buffer {
  const pair = one < other ? [one, other] : [other, one];
  return createHmac('sha256', groupKey)
    .update(`member-to-member channel|${pair.join('|')}`)
    .digest();
}
