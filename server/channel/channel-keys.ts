import { createHmac } from 'node:crypto';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** A secret that members share, 32 octets; `id`: names it where there are several, one may have none. */
export interface SharedKey {
  readonly id?: string;
  readonly key: Uint8Array;
}

/** Where it stands for a trust key, the group key alone shows that a member is trusted. */
export const GROUP_KEY_TRUSTS = 'group-key';

/** The secrets of a member; of each the first one is what it calls with, and all are taken from those who call. */
export interface KeyRing {
  /** shared by all members */
  readonly group: readonly SharedKey[];
  /** shared by those that may hold association data (paper §7.1) alone; empty: this member is none of them */
  readonly trust: readonly (SharedKey | typeof GROUP_KEY_TRUSTS)[];
}

/** What a connection between two members is keyed with: a pre-shared key of TLS 1.3 and its identity. */
export interface PairKey {
  readonly identity: string;
  /** 32 octets */
  readonly psk: Buffer;
  /** made of a trust key, too, or of what stands for one: frames with association data may travel under it */
  readonly trusted: boolean;
}

/**
 * The keys that two members may have in common, first choice first; `caller` is the one that connects, `isTrusted`: both may hold association
 * data. Such a pair has none without a trust key: who holds the group key alone is not taken for a trusted member, whatever its address.
 *
 *   group pair key  HMAC-SHA-256(group key, "member-to-member channel|" a "|" b), a and b being the addresses as text (RFC 5952), the
 *                   one that is smaller as text in front
 *   trust pair key  HMAC-SHA-256(trust key, "trusted member-to-member channel|" followed by the 32 octets of the group pair key)
 *   identity        the caller's address as text; "#" and the group key's id when it has one; under a trust key "/" and its id, if any
 */
export function pairKeys(
  { group, trust }: KeyRing,
  caller: Ipv6Address,
  callee: Ipv6Address,
  isTrusted: boolean,
): readonly PairKey[] {
  const plain = group.map(({ id, key }) => ({
    identity: id === undefined ? caller : `${caller}#${id}`,
    psk: groupPairKey(key, caller, callee),
  }));
  if (!isTrusted) return plain.map((pair) => ({ ...pair, trusted: false }));
  return plain.flatMap(({ identity, psk }) =>
    trust.map((one): PairKey => {
      if (one === GROUP_KEY_TRUSTS) return { identity, psk, trusted: true };
      return { identity: `${identity}/${one.id ?? ''}`, psk: trustPairKey(one.key, psk), trusted: true };
    }),
  );
}

function groupPairKey(groupKey: Uint8Array, one: Ipv6Address, other: Ipv6Address): Buffer {
  const pair = one < other ? [one, other] : [other, one];
  return createHmac('sha256', groupKey)
    .update(`member-to-member channel|${pair.join('|')}`)
    .digest();
}

function trustPairKey(trustKey: Uint8Array, pairKey: Uint8Array): Buffer {
  return createHmac('sha256', trustKey).update('trusted member-to-member channel|').update(pairKey).digest();
}
