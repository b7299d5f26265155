import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { PublishedZone } from './address-publication.ts';

/** What of a server's zone does not change. */
export interface ZoneNames {
  /** without a dot at the end, e.g. server.example */
  readonly zone: string;
  /** the server's name within the zone, e.g. www */
  readonly name: string;
  /** of the name server itself */
  readonly nameServer: Ipv6Address;
  /** lifetime of all records, and for as long the answer is kept that there is none (RFC 2308 §5); s */
  readonly ttlS: number;
}

/** Intervals of the SOA record for secondary name servers, of which there are none; s. */
const SECONDARIES = { refresh: 3600, retry: 600, expire: 86400 } as const;

/** The zone as a master file (RFC 1035 §5); one AAAA record for each contact address. */
export function zoneText({ zone, name, nameServer, ttlS }: ZoneNames, published: PublishedZone): string {
  const { refresh, retry, expire } = SECONDARIES;
  return [
    `$ORIGIN ${zone}.`,
    `$TTL ${ttlS}`,
    `@ SOA ns hostmaster ${published.serial} ${refresh} ${retry} ${expire} ${ttlS}`,
    '@ NS ns',
    `ns AAAA ${nameServer}`,
    ...published.addresses.map((address) => `${name} AAAA ${address}`),
    '',
  ].join('\n');
}

/** What such a file says, as `zoneText` has written it. Throws ProtocolError on any other. */
export function zoneFromText({ name }: Pick<ZoneNames, 'name'>, text: string): PublishedZone {
  const [, serial] = /^@ SOA ns hostmaster (\d+) /m.exec(text) ?? [];
  if (serial === undefined || !text.endsWith('\n'))
    throw new ProtocolError('not a zone file of this program');
  const records = text.split('\n').map((line) => line.split(' '));
  const addresses = records.filter(([owner, type]) => owner === name && type === 'AAAA');
  return { serial: Number(serial), addresses: addresses.map(([, , address = '']) => ipv6(address)) };
}
