import { createHash } from 'node:crypto';

/**
 * The manually keyed ESP associations of the contact address with its home agent, as the nodes' configurations take them:
 * SPIs and request ids fixed, keys drawn from the cell's seed (a lab's keys are no secret: they are written beside the capture).
 */
export function securityAssociations(seed: number): Record<string, object> {
  const names = ['bindingUpdates', 'bindingAcknowledgements', 'tunnelOut', 'tunnelIn'];
  return Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        spi: 0x1001 + index,
        requestId: index + 1,
        encryptionKey: derive(seed, name, 'encryption', 16),
        authenticationKey: derive(seed, name, 'authentication', 20),
      },
    ]),
  );
}

function derive(seed: number, name: string, purpose: string, octets: number): string {
  return createHash('sha256')
    .update(`${seed}|${name}|${purpose}`)
    .digest('hex')
    .slice(0, octets * 2);
}
