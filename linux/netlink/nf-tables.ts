import { attribute, concat, textAttribute } from './attributes.ts';
import { CREATE, type NetlinkRequest } from './message.ts';

/** Subsystem and messages (`linux/netfilter/nfnetlink.h`, `nf_tables.h`). */
const SUBSYSTEM = 10;
const NEW_TABLE = 0;
const DELETE_TABLE = 2;
const NEW_CHAIN = 3;
const NEW_RULE = 6;
const NEW_SET = 9;
const APPEND = 0x800;
const BEGIN = 16;
const END = 17;

const NFPROTO_IPV6 = 10;
const NESTED = 0x8000;
const LIST_ELEMENT = 1;
const TABLE = { name: 1, flags: 2 } as const;
const CHAIN = { table: 1, name: 3, hook: 4, policy: 5, type: 7 } as const;
const HOOK = { number: 1, priority: 2 } as const;
const SET = { table: 1, name: 2, flags: 3, keyType: 4, keyOctets: 5, id: 10 } as const;
const RULE = { table: 1, chain: 2, expressions: 4 } as const;
const EXPRESSION = { name: 1, data: 2 } as const;
const PAYLOAD = { register: 1, base: 2, offset: 3, length: 4 } as const;
const WRITE = { base: 2, offset: 3, length: 4, register: 5, checksumType: 6, checksumOffset: 7 } as const;
/** the sum of RFC 1071 */
const INTERNET_CHECKSUM = 1;
const NO_CHECKSUM = 0;
const META = { register: 1, key: 2 } as const;
const COMPARE = { register: 1, operation: 2, data: 3 } as const;
const BITWISE = { source: 1, destination: 2, length: 3, mask: 4, flip: 5, operation: 6 } as const;
const IMMEDIATE = { register: 1, data: 2 } as const;
const LOOKUP = { set: 1, register: 2, setId: 4 } as const;
const QUEUE = { number: 1, total: 2 } as const;
const DATA = { value: 1, verdict: 2 } as const;
const VERDICT = { code: 1, chain: 2 } as const;

const META_KEYS = { mark: 3, protocol: 16 } as const;
const BASES = { network: 1, transport: 2 } as const;
const HOOKS = { input: 1, output: 3 } as const;
const COMPARISONS = { equal: 0, different: 1, greater: 4 } as const;
const [ACCEPT, DROP] = [1, 0];
/** NFT_JUMP, as the 32 bits that it takes on the wire */
const JUMP = -3 >>> 0;
/** of the table's one set, within the transaction that makes it */
const SET_ID = 1;
const VERDICT_REGISTER = 0;
/** the one register that is worked with: what was loaded last, 16 octets at most */
const REGISTER = 1;
/** the next one, whose octets follow: for keys of sets that have two parts */
const SECOND_REGISTER = 2;

/** One step of a rule: loads something, or goes on with the next step only if a condition holds, or acts. */
export type FilterExpression = Uint8Array;

type FilterRules = readonly (readonly FilterExpression[])[];

/** A table of IPv6 with one base chain of type `filter` and policy `accept`. */
export interface FilterTable {
  readonly name: string;
  readonly chain: { readonly name: string; readonly hook: keyof typeof HOOKS; readonly priority: number };
  readonly rules: FilterRules;
  /** of packets that rules jump to it with; behind its last rule the next one of theirs follows */
  readonly others?: readonly { readonly name: string; readonly rules: FilterRules }[];
  /** what packets are looked up in (isIn) */
  readonly set?: FilterSet;
}

/** Keys that change while the rules stay (nf-set-elements.ts). */
export interface FilterSet {
  readonly name: string;
  /** nft(8)'s number of the keys' type, which it prints them by */
  readonly keyType: number;
  /** each part padded to four */
  readonly keyOctets: number;
}

/** The messages around a transaction, and those that make the table, whether there was one of its name or not. */
export function replaceTable(table: FilterTable): readonly NetlinkRequest[] {
  const { name, chain, rules, others = [], set } = table;
  const named = [textAttribute(CHAIN.table, name), textAttribute(CHAIN.name, chain.name)];
  const hook = list(CHAIN.hook, be32(HOOK.number, HOOKS[chain.hook]), be32(HOOK.priority, chain.priority));
  const chainAttributes = [...named, textAttribute(CHAIN.type, 'filter'), be32(CHAIN.policy, ACCEPT), hook];
  const other = (one: string) => [textAttribute(CHAIN.table, name), textAttribute(CHAIN.name, one)];
  return transaction([
    ...removal(name),
    creation(name),
    ...others.map((one) => message(NEW_CHAIN, CREATE, other(one.name))),
    message(NEW_CHAIN, CREATE, chainAttributes),
    ...(set === undefined ? [] : [setCreation(name, set)]),
    ...[...others, { name: chain.name, rules }].flatMap((one) => additions(name, one.name, one.rules)),
  ]);
}

function additions(table: string, chain: string, rules: FilterRules): readonly NetlinkRequest[] {
  return rules.map((rule) =>
    message(NEW_RULE, CREATE | APPEND, [
      ...[textAttribute(RULE.table, table), textAttribute(RULE.chain, chain)],
      list(RULE.expressions, ...rule.map((expression) => attribute(LIST_ELEMENT | NESTED, expression))),
    ]),
  );
}

function setCreation(table: string, { name, keyType, keyOctets }: FilterSet): NetlinkRequest {
  return message(NEW_SET, CREATE, [
    ...[textAttribute(SET.table, table), textAttribute(SET.name, name), be32(SET.flags, 0)],
    ...[be32(SET.keyType, keyType), be32(SET.keyOctets, keyOctets), be32(SET.id, SET_ID)],
  ]);
}

/** The messages that remove the table of this name, whether there is one or not. */
export function removeTable(name: string): readonly NetlinkRequest[] {
  return transaction(removal(name));
}

/** Octets of the packet, from the start of a header. */
export function loadPayload(
  base: keyof typeof BASES,
  offset: number,
  length: number,
  register = REGISTER,
): FilterExpression {
  return expression(
    'payload',
    be32(PAYLOAD.register, register),
    be32(PAYLOAD.base, BASES[base]),
    be32(PAYLOAD.offset, offset),
    be32(PAYLOAD.length, length),
  );
}

/** The socket's mark (4 octets in the machine's order), or the transport protocol's number (1 octet). */
export function loadMeta(key: keyof typeof META_KEYS): FilterExpression {
  return expression('meta', be32(META.key, META_KEYS[key]), be32(META.register, REGISTER));
}

/** What is loaded, as far as `mask` has bits, with the bits of `set` on the others. */
export function keepBits(mask: Uint8Array, set = new Uint8Array(mask.length)): FilterExpression {
  return expression(
    'bitwise',
    be32(BITWISE.source, REGISTER),
    be32(BITWISE.destination, REGISTER),
    be32(BITWISE.operation, 0),
    be32(BITWISE.length, mask.length),
    value(BITWISE.mask, mask),
    value(BITWISE.flip, set),
  );
}

/** Goes on if what is loaded compares so. */
export function onlyIf(comparison: keyof typeof COMPARISONS, octets: Uint8Array): FilterExpression {
  return expression(
    'cmp',
    be32(COMPARE.register, REGISTER),
    be32(COMPARE.operation, COMPARISONS[comparison]),
    value(COMPARE.data, octets),
  );
}

/** Puts octets into the packet, from the start of a header, and its checksum, which stands at `checksumAt` there, right. */
export function writePayload(
  base: keyof typeof BASES,
  offset: number,
  octets: Uint8Array,
  checksumAt: number,
): readonly FilterExpression[] {
  return [
    expression('immediate', be32(IMMEDIATE.register, REGISTER), value(IMMEDIATE.data, octets)),
    storePayload(base, offset, octets.length, checksumAt),
  ];
}

/** The same with what is loaded; without `checksumAt` no checksum covers it. */
export function storePayload(
  base: keyof typeof BASES,
  offset: number,
  length: number,
  checksumAt?: number,
): FilterExpression {
  const checksum =
    checksumAt === undefined
      ? [be32(WRITE.checksumType, NO_CHECKSUM)]
      : [be32(WRITE.checksumType, INTERNET_CHECKSUM), be32(WRITE.checksumOffset, checksumAt)];
  return expression(
    'payload',
    be32(WRITE.register, REGISTER),
    be32(WRITE.base, BASES[base]),
    be32(WRITE.offset, offset),
    be32(WRITE.length, length),
    ...checksum,
  );
}

/** Octets of the packet behind 16 that are loaded already: the second part of a set's key. */
export function loadSecond(base: keyof typeof BASES, offset: number, length: number): FilterExpression {
  return loadPayload(base, offset, length, SECOND_REGISTER);
}

/** Goes on if what is loaded is in the table's set. */
export function isIn({ name }: FilterSet): FilterExpression {
  return expression(
    'lookup',
    be32(LOOKUP.register, REGISTER),
    textAttribute(LOOKUP.set, name),
    be32(LOOKUP.setId, SET_ID),
  );
}

/** Gives the packet to whoever has bound the queue of this number; while nobody has, it is dropped. */
export function queue(number: number): FilterExpression {
  return expression('queue', be16(QUEUE.number, number), be16(QUEUE.total, 1));
}

/** Goes through another chain's rules, and comes back unless one of them has ended the packet. */
export function jump(chain: string): FilterExpression {
  return verdict(be32(VERDICT.code, JUMP), textAttribute(VERDICT.chain, chain));
}

/** Counts packets and octets that come so far. */
export function count(): FilterExpression {
  return expression('counter');
}

/** Ends the packet. */
export function drop(): FilterExpression {
  return verdict(be32(VERDICT.code, DROP));
}

function verdict(...attributes: Uint8Array[]): FilterExpression {
  const data = list(IMMEDIATE.data, list(DATA.verdict, ...attributes));
  return expression('immediate', be32(IMMEDIATE.register, VERDICT_REGISTER), data);
}

/** The messages, to hold together or not at all. */
export function transaction(messages: readonly NetlinkRequest[]): readonly NetlinkRequest[] {
  const bound = (type: number): NetlinkRequest => ({
    type,
    flags: 0,
    body: Uint8Array.of(0, 0, 0, SUBSYSTEM),
  });
  return [bound(BEGIN), ...messages, bound(END)];
}

/** Made first: there is no message that removes a table if it is there. */
function removal(name: string): readonly NetlinkRequest[] {
  return [creation(name), message(DELETE_TABLE, 0, [textAttribute(TABLE.name, name)])];
}

function creation(name: string): NetlinkRequest {
  return message(NEW_TABLE, 0, [textAttribute(TABLE.name, name), be32(TABLE.flags, 0)]);
}

export function message(type: number, flags: number, attributes: readonly Uint8Array[]): NetlinkRequest {
  return { type: (SUBSYSTEM << 8) | type, flags, body: Uint8Array.of(NFPROTO_IPV6, 0, 0, 0), attributes };
}

function expression(name: string, ...attributes: Uint8Array[]): FilterExpression {
  return concat([textAttribute(EXPRESSION.name, name), list(EXPRESSION.data, ...attributes)]);
}

export function value(type: number, octets: Uint8Array): Uint8Array {
  return list(type, attribute(DATA.value, octets));
}

/** An attribute whose value is attributes; unlike xfrm and routing this family marks it as such. */
export function list(type: number, ...attributes: Uint8Array[]): Uint8Array {
  return attribute(type | NESTED, concat(attributes));
}

/** An attribute of four octets in network order, as this family has them. */
export function be32(type: number, number: number): Uint8Array {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, number);
  return attribute(type, octets);
}

function be16(type: number, number: number): Uint8Array {
  return attribute(type, Uint8Array.of(number >> 8, number & 0xff));
}
