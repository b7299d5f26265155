import { createDecipheriv, createHmac } from 'node:crypto';
import { readStored, storedPath } from '../stored-file.ts';

/** Which side of a TLS connection speaks. */
export type TlsRole = 'client' | 'server';

/** Keys of one direction of a connection: AES-128-GCM, the channel's one suite (TLS_AES_128_GCM_SHA256). */
export interface TrafficKeys {
  /** 16 octets */
  readonly key: Uint8Array;
  /** 12 octets; each record's nonce is made of it and the record's number */
  readonly iv: Uint8Array;
}

/** What a record's captured front says. */
export interface OpenedRecord {
  /** as much of the plaintext as was captured; content type and padding at its end where the record is whole */
  readonly plaintext: Uint8Array;
  /** the record was captured whole and its tag is right */
  readonly verified: boolean;
}

/** A record on the wire (RFC 8446 §5.2): type, version 0x0303, length of the rest; ciphertext; tag. */
export const tlsRecord = { headerOctets: 5, tagOctets: 16, type: { handshake: 22, data: 23 } } as const;

const labels: Readonly<Record<string, TlsRole>> = {
  CLIENT_TRAFFIC_SECRET_0: 'client',
  SERVER_TRAFFIC_SECRET_0: 'server',
};

/** The secrets of TLS sessions in the key log format that browsers write and Wireshark reads; other lines are passed over. */
export class TlsKeyLog {
  readonly #secrets = new Map<string, Buffer>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, label = '', random = '', secret = ''] =
        /^(\w+) ([0-9a-f]{64}) ([0-9a-f]{64})$/i.exec(line.trim()) ?? [];
      const role = labels[label];
      if (role !== undefined)
        this.#secrets.set(`${role} ${random.toLowerCase()}`, Buffer.from(secret, 'hex'));
    }
  }

  /** Keys for application data; `clientRandom`: of the session's Client Hello, hexadecimal. Undefined for an unknown session. */
  keysOf(clientRandom: string, role: TlsRole): TrafficKeys | undefined {
    const secret = this.#secrets.get(`${role} ${clientRandom}`);
    return secret && { key: expandLabel(secret, 'key', 16), iv: expandLabel(secret, 'iv', 12) };
  }
}

/** The key log in a file; undefined when there is no such file. */
export function readTlsKeyLog(path: string): TlsKeyLog | undefined {
  return storedPath(path) === undefined ? undefined : new TlsKeyLog(readStored(path).toString('latin1'));
}

/**
 * Decrypts the captured front of the record with number `sequence`; `bytes` begins with its header. Counter mode needs no
 * more than the front; the tag is checked where the record is whole. Undefined when it is whole and its tag is wrong.
 */
export function openRecord(
  { key, iv }: TrafficKeys,
  sequence: number,
  bytes: Uint8Array,
): OpenedRecord | undefined {
  const { headerOctets, tagOctets } = tlsRecord;
  const end = headerOctets + recordLength(bytes);
  const whole = bytes.length >= end;
  const decipher = createDecipheriv('aes-128-gcm', key, nonceOf(iv, sequence));
  decipher.setAAD(bytes.subarray(0, headerOctets));
  const plaintext = decipher.update(bytes.subarray(headerOctets, Math.min(bytes.length, end - tagOctets)));
  if (!whole) return { plaintext, verified: false };
  decipher.setAuthTag(bytes.subarray(end - tagOctets, end));
  try {
    decipher.final();
    return { plaintext, verified: true };
  } catch {
    return undefined;
  }
}

/** The length field of a record's header. */
export function recordLength(bytes: Uint8Array): number {
  return ((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0);
}

/** The record's number, as 8 octets, laid over the end of `iv` (RFC 8446 §5.3). */
function nonceOf(iv: Uint8Array, sequence: number): Buffer {
  const nonce = Buffer.alloc(iv.length);
  nonce.writeBigUInt64BE(BigInt(sequence), iv.length - 8);
  return nonce.map((octet, index) => octet ^ iv[index]!) as Buffer;
}

/** HKDF-Expand-Label with SHA-256 and no context, for at most 32 octets: one round of HKDF-Expand (RFC 8446 §7.1). */
function expandLabel(secret: Uint8Array, label: string, octets: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.of(0, octets, name.length), name, Buffer.of(0, 1)]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, octets);
}
