import { createHash } from 'node:crypto';

/** One direction's ESP: AES-CBC with a key of 16 octets, HMAC-SHA-1-96 with one of 20, both in hexadecimal. */
export interface SecurityAssociation {
  readonly spi: number;
  readonly requestId: number;
  readonly encryptionKey: string;
  readonly authenticationKey: string;
}

/**
 * The manually keyed ESP associations of a contact address with its home agent, as the nodes' configurations take them:
 * SPIs and request ids fixed, keys drawn from the cell's seed (a lab's keys are no secret: they are written beside the capture).
 * `contact`: which of a server's contact addresses, from 0; the associations of all have numbers and keys of their own.
 */
export function securityAssociations(
  seed: number,
  contact = 0,
): Readonly<Record<string, SecurityAssociation>> {
  const names = ['bindingUpdates', 'bindingAcknowledgements', 'tunnelOut', 'tunnelIn'];
  const ofContact = contact === 0 ? '' : `|${contact}`;
  return Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        spi: 0x1001 + 0x10 * contact + index,
        requestId: names.length * contact + index + 1,
        encryptionKey: derive(seed, name, `encryption${ofContact}`, 16),
        authenticationKey: derive(seed, name, `authentication${ofContact}`, 20),
      },
    ]),
  );
}

/**
 * The keys in the format of Wireshark's preference file `esp_sa` (Edit → Preferences → Protocols → ESP): a line per
 * association; addresses are left open, since the tunnel's change with the care-of address.
 */
export function wiresharkKeys(associations: Readonly<Record<string, SecurityAssociation>>): string {
  return Object.values(associations)
    .map(({ spi, encryptionKey, authenticationKey }) =>
      [
        ...['IPv6', '*', '*', `0x${spi.toString(16).padStart(8, '0')}`],
        ...['AES-CBC [RFC3602]', `0x${encryptionKey}`],
        ...['HMAC-SHA-1-96 [RFC2404]', `0x${authenticationKey}`],
      ]
        .map((field) => `"${field}"`)
        .join(','),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function derive(seed: number, name: string, purpose: string, octets: number): string {
  return createHash('sha256')
    .update(`${seed}|${name}|${purpose}`)
    .digest('hex')
    .slice(0, octets * 2);
}
