import { createDecipheriv, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import { parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';

interface Keys {
  readonly encryption: Buffer;
  readonly authentication: Buffer;
}

/* ESP (RFC 4303 §2), in octets: SPI 4, sequence 4, IV 16 (AES-CBC), ciphertext, integrity check value 12 (HMAC-SHA-1-96). */
const layout = { iv: 8, ciphertext: 24, check: 12 } as const;
const mobilityHeader = 135;

/** Opens home registrations in ESP with the keys that lie beside the capture. */
export class ProtectedMessages {
  readonly #keys = new Map<number, Keys>();

  /** Reads `esp_sa` of a cell's folder. Throws DecodeError where it is none. */
  constructor(folder: string) {
    const file = path.join(folder, 'esp_sa');
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line === '') continue;
      const [, spi, encryption, authentication] =
        /"0x([0-9a-f]{8})","AES-CBC[^"]*","0x([0-9a-f]+)","HMAC-SHA-1-96[^"]*","0x([0-9a-f]+)"$/.exec(line) ??
        [];
      if (spi === undefined || encryption === undefined || authentication === undefined)
        throw new DecodeError('illegal-value', file, 'a line that is no association');
      this.#keys.set(Number.parseInt(spi, 16), {
        encryption: Buffer.from(encryption, 'hex'),
        authentication: Buffer.from(authentication, 'hex'),
      });
    }
  }

  /**
   * The Mobility Header in an ESP packet, `octets` from its SPI on; undefined where something else is in it (a tunnel). Throws
   * DecodeError for a packet that is not authentic, was cut by the snap length, or belongs to no known association.
   */
  open(spi: number, octets: Uint8Array): MobilityMessage | undefined {
    const keys = this.#keys.get(spi);
    if (keys === undefined) throw new DecodeError('illegal-value', 'ESP SPI', `${spi} has no keys`);
    const end = octets.length - layout.check;
    if (end <= layout.ciphertext) throw new DecodeError('truncated', 'ESP', `${octets.length} octets`);
    const check = createHmac('sha1', keys.authentication).update(octets.subarray(0, end)).digest();
    if (!check.subarray(0, layout.check).equals(octets.subarray(end)))
      throw new DecodeError('illegal-value', 'ESP', 'its integrity check value is wrong');
    const clear = decrypt(
      keys,
      octets.subarray(layout.iv, layout.ciphertext),
      octets.subarray(layout.ciphertext, end),
    );
    // Behind the payload: padding, its length, the next header.
    const payload = clear.subarray(0, clear.length - 2 - (clear.at(-2) ?? 0));
    return clear.at(-1) === mobilityHeader ? parseMobilityHeader(payload).message : undefined;
  }
}

function decrypt({ encryption }: Keys, iv: Uint8Array, ciphertext: Uint8Array): Buffer {
  const decipher = createDecipheriv(`aes-${encryption.length * 8}-cbc`, encryption, iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}
