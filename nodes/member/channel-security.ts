import { createHmac } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type net from 'node:net';
import tls from 'node:tls';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** Secures one connection to a peer; calls back with the stream to speak on, or closes the connection. */
export interface ChannelSecurity {
  connecting(raw: net.Socket, peer: Ipv6Address, onSecure: (socket: net.Socket) => void): void;
  answering(raw: net.Socket, peer: Ipv6Address, onSecure: (socket: net.Socket) => void): void;
}

/** Frames in the clear, for measurements whose capture shall show them. */
export const plainChannel: ChannelSecurity = {
  connecting: (raw, _peer, onSecure) => onSecure(raw),
  answering: (raw, _peer, onSecure) => onSecure(raw),
};

/** TLS 1.3 alone, with one cipher suite: SHA-256 is what an external pre-shared key implies (RFC 8446 §4.2.11). */
const SUITE = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
} as const;

/**
 * Mutually authenticated TLS 1.3 by pre-shared keys, one for each pair of members and derived from the server's group key:
 * who does not hold it gets no further than the handshake, in either role. A peer's identity is its care-of address.
 *
 * `keyLogPath`: session secrets are appended there in the format that Wireshark reads; absent: nowhere.
 */
export function tlsChannel(groupKey: Uint8Array, self: Ipv6Address, keyLogPath?: string): ChannelSecurity {
  return {
    connecting(raw, peer, onSecure) {
      const identity = { psk: pairKey(groupKey, self, peer), identity: self };
      const secured = tls.connect({
        ...SUITE,
        socket: raw,
        pskCallback: () => identity,
        // There is no certificate: a server that knows the key is the peer.
        checkServerIdentity: () => undefined,
      });
      secured.on('error', () => secured.destroy());
      secured.once('secureConnect', () => (secured.authorized ? onSecure(secured) : secured.destroy()));
      if (keyLogPath !== undefined) secured.on('keylog', (line) => appendFileSync(keyLogPath, line));
    },
    answering(raw, peer, onSecure) {
      const psk = pairKey(groupKey, self, peer);
      const secured = new tls.TLSSocket(raw, {
        ...SUITE,
        isServer: true,
        // Node takes a missing key for a refusal, and offers no certificate instead.
        pskCallback: (_socket: tls.TLSSocket, identity: string) => (identity === peer ? psk : null),
      } as tls.TLSSocketOptions);
      secured.on('error', () => secured.destroy());
      secured.once('secure', () => onSecure(secured));
    },
  };
}

/** 32 octets; the same at both ends. */
function pairKey(groupKey: Uint8Array, one: Ipv6Address, other: Ipv6Address): Buffer {
  const pair = one < other ? [one, other] : [other, one];
  return createHmac('sha256', groupKey)
    .update(`member-to-member channel|${pair.join('|')}`)
    .digest();
}
