import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import type { CellRecord } from '../cell.ts';

const names = [
  'contactAddress',
  'homeAgent1',
  'contactNode',
  'successor',
  'otherMember',
  'optimizedClient',
  'datagramClient',
  'heldClient',
] as const;

/** Who is who in a takeover: see runner/procedures/takeover.ts. */
export type Roles = Readonly<Record<(typeof names)[number], Ipv6Address>>;

/** Throws DecodeError when the cell's record names not all of them. */
export function rolesOf({ addresses }: CellRecord): Roles {
  const found = names.map((name) => {
    const text = addresses[name];
    if (text === undefined) throw new DecodeError('illegal-value', `cell.json addresses.${name}`, 'missing');
    return [name, ipv6(text)] as const;
  });
  return Object.fromEntries(found) as Roles;
}
