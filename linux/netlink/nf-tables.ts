import { attribute, concat, textAttribute } from './attributes.ts';
import { CREATE, type NetlinkRequest } from './message.ts';

/** Subsystem and messages (`linux/netfilter/nfnetlink.h`, `nf_tables.h`). */
const SUBSYSTEM = 10;
const NEW_TABLE = 0;
const DELETE_TABLE = 2;
const NEW_CHAIN = 3;
const NEW_RULE = 6;
const APPEND = 0x800;
const BEGIN = 16;
const END = 17;

const NFPROTO_IPV6 = 10;
const NESTED = 0x8000;
const LIST_ELEMENT = 1;
const TABLE = { name: 1, flags: 2 } as const;
const CHAIN = { table: 1, name: 3, hook: 4, policy: 5, type: 7 } as const;
const HOOK = { number: 1, priority: 2 } as const;
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
const DATA = { value: 1, verdict: 2 } as const;
const VERDICT_CODE = 1;

const META_KEYS = { mark: 3, protocol: 16 } as const;
const BASES = { network: 1, transport: 2 } as const;
const HOOKS = { output: 3 } as const;
const COMPARISONS = { equal: 0, different: 1 } as const;
const [ACCEPT, DROP] = [1, 0];
const VERDICT_REGISTER = 0;
/** the one register that is worked with: what was loaded last */
const REGISTER = 1;

/** One step of a rule: loads something, or goes on with the next step only if a condition holds, or acts. */
export type FilterExpression = Uint8Array;

/** A table of IPv6 with one base chain of type `filter` and policy `accept`. */
export interface FilterTable {
  readonly name: string;
  readonly chain: { readonly name: string; readonly hook: keyof typeof HOOKS; readonly priority: number };
  readonly rules: readonly (readonly FilterExpression[])[];
}

/** The messages around a transaction, and those that make the table, whether there was one of its name or not. */
export function replaceTable(table: FilterTable): readonly NetlinkRequest[] {
  const { name, chain, rules } = table;
  const named = [textAttribute(CHAIN.table, name), textAttribute(CHAIN.name, chain.name)];
  const hook = list(CHAIN.hook, be32(HOOK.number, HOOKS[chain.hook]), be32(HOOK.priority, chain.priority));
  const chainAttributes = [...named, textAttribute(CHAIN.type, 'filter'), be32(CHAIN.policy, ACCEPT), hook];
  const place = [textAttribute(RULE.table, name), textAttribute(RULE.chain, chain.name)];
  return transaction([
    ...removal(name),
    creation(name),
    message(NEW_CHAIN, CREATE, chainAttributes),
    ...rules.map((rule) =>
      message(NEW_RULE, CREATE | APPEND, [
        ...place,
        list(RULE.expressions, ...rule.map((expression) => attribute(LIST_ELEMENT | NESTED, expression))),
      ]),
    ),
  ]);
}

/** The messages that remove the table of this name, whether there is one or not. */
export function removeTable(name: string): readonly NetlinkRequest[] {
  return transaction(removal(name));
}

/** Octets of the packet, from the start of a header. */
export function loadPayload(base: keyof typeof BASES, offset: number, length: number): FilterExpression {
  return expression(
    'payload',
    be32(PAYLOAD.register, REGISTER),
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

/** Counts packets and octets that come so far. */
export function count(): FilterExpression {
  return expression('counter');
}

/** Ends the packet. */
export function drop(): FilterExpression {
  const verdict = list(DATA.verdict, be32(VERDICT_CODE, DROP));
  return expression('immediate', be32(IMMEDIATE.register, VERDICT_REGISTER), list(IMMEDIATE.data, verdict));
}

function transaction(messages: readonly NetlinkRequest[]): readonly NetlinkRequest[] {
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

function message(type: number, flags: number, attributes: readonly Uint8Array[]): NetlinkRequest {
  return { type: (SUBSYSTEM << 8) | type, flags, body: Uint8Array.of(NFPROTO_IPV6, 0, 0, 0), attributes };
}

function expression(name: string, ...attributes: Uint8Array[]): FilterExpression {
  return concat([textAttribute(EXPRESSION.name, name), list(EXPRESSION.data, ...attributes)]);
}

function value(type: number, octets: Uint8Array): Uint8Array {
  return list(type, attribute(DATA.value, octets));
}

/** An attribute whose value is attributes; unlike xfrm and routing this family marks it as such. */
function list(type: number, ...attributes: Uint8Array[]): Uint8Array {
  return attribute(type | NESTED, concat(attributes));
}

/** An attribute of four octets in network order, as this family has them. */
function be32(type: number, number: number): Uint8Array {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, number);
  return attribute(type, octets);
}
