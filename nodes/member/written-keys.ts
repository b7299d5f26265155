import * as z from 'zod/mini';
import { GROUP_KEY_TRUSTS, type KeyRing, type SharedKey } from '../../server/channel/channel-keys.ts';
import { secret } from '../support/config-fields.ts';
import { strictObject } from '../support/strict-object.ts';

const hex = secret(32);
const named = strictObject({
  /** sent in the clear as part of the identity; the one key that was written without a list before has none */
  id: z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9._-]{1,32}$/, 'expected 1 to 32 letters, digits, dots, dashes')),
  ),
  key: hex,
});
/** While one is replaced there are two. */
export const MOST_KEYS = 2;

type Written = string | readonly (string | { readonly id?: string | undefined; readonly key: string })[];

/** A key that members share: its octets, or a list with the present one in front and the one that it replaces behind. */
export const sharedKey = z.union([
  hex,
  z.array(named).check(
    z.minLength(1),
    z.maxLength(MOST_KEYS),
    z.refine((keys) => areDistinct(keys), 'expected keys with ids and octets of their own'),
  ),
]);

/** The key of trusted members; in place of one may stand the word that the group key shows trust, as in releases before there was one. */
export const trustKey = z.union([
  hex,
  z.literal(GROUP_KEY_TRUSTS),
  z.array(z.union([named, z.literal(GROUP_KEY_TRUSTS)])).check(
    z.minLength(1),
    z.maxLength(MOST_KEYS),
    z.refine((keys) => areDistinct(keys), 'expected keys with ids and octets of their own'),
  ),
]);

/** The secrets as a configuration writes them. */
export interface WrittenKeys {
  readonly channelKey?: Written | undefined;
  readonly trustKey?: Written | undefined;
}

/** Undefined without a group key: the channel is in the clear. */
export function keyRing({ channelKey, trustKey: trust }: WrittenKeys): KeyRing | undefined {
  if (channelKey === undefined) return undefined;
  return {
    group: list(channelKey).filter((key): key is SharedKey => key !== GROUP_KEY_TRUSTS),
    trust: trust === undefined ? [] : list(trust),
  };
}

/** What is wrong with both together; undefined: nothing. */
export function trustKeyProblem(keys: WrittenKeys): string | undefined {
  const ring = keyRing(keys);
  const octets = (key: Uint8Array): string => Buffer.from(key).toString('hex');
  const group = new Set(ring?.group.map(({ key }) => octets(key)));
  const same = ring?.trust.some((one) => one !== GROUP_KEY_TRUSTS && group.has(octets(one.key)));
  return same === true ? 'is a key of the group: every member has that' : undefined;
}

/** Ids of the keys, in their order, as an event log may say them. */
export function keyNames({ group, trust }: KeyRing): { readonly group: string; readonly trust: string } {
  const nameOf = (one: KeyRing['trust'][number]): string =>
    one === GROUP_KEY_TRUSTS ? one : (one.id ?? 'unnamed');
  return { group: group.map(nameOf).join(' '), trust: trust.map(nameOf).join(' ') };
}

function list(written: Written): readonly (SharedKey | typeof GROUP_KEY_TRUSTS)[] {
  const keys = typeof written === 'string' ? [written] : written;
  return keys.map((one) => {
    if (one === GROUP_KEY_TRUSTS) return one;
    const { id, key } = typeof one === 'string' ? { id: undefined, key: one } : one;
    return { ...(id === undefined ? {} : { id }), key: Buffer.from(key, 'hex') };
  });
}

function areDistinct(
  keys: readonly (string | { readonly id?: string | undefined; readonly key: string })[],
): boolean {
  const [ids, octets] = [new Set(), new Set()];
  for (const one of keys) {
    ids.add(typeof one === 'string' ? one : `#${one.id ?? ''}`);
    octets.add(typeof one === 'string' ? one : one.key);
  }
  return ids.size === keys.length && octets.size === keys.length;
}
