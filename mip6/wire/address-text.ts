import { DecodeError } from './decode-error.ts';

const GROUPS = 8;
const HEX_GROUP = /^[0-9a-f]{1,4}$/i;
const DECIMAL_OCTET = /^(0|[1-9][0-9]{0,2})$/;

/** The 16 octets of an IPv6 address in any text form of RFC 4291 §2.2, embedded IPv4 included; throws DecodeError. */
export function parseIpv6Text(text: string): Uint8Array {
  const halves = text.split('::');
  if (halves.length > 2) throw illegal(text, 'more than one "::"');
  const compressed = halves.length === 2;
  const head = parseGroups(text, halves[0]!, !compressed);
  const tail = compressed ? parseGroups(text, halves[1]!, true) : [];
  const missing = GROUPS - head.length - tail.length;
  if (compressed ? missing < 1 : missing !== 0) throw illegal(text, 'not eight groups');
  return toOctets([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** The canonical text (RFC 5952 §4; §5's mixed notation for IPv4-mapped addresses) of exactly 16 octets. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let at = 0; at < 2 * GROUPS; at += 2) groups.push(bytes[at]! * 256 + bytes[at + 1]!);
  if (isIpv4Mapped(groups)) return `::ffff:${bytes.subarray(12, 16).join('.')}`;
  const run = longestZeroRun(groups);
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function parseGroups(text: string, part: string, last: boolean): number[] {
  if (part === '') return [];
  const groups: number[] = [];
  const words = part.split(':');
  for (const [index, word] of words.entries()) {
    if (HEX_GROUP.test(word)) groups.push(Number.parseInt(word, 16));
    else if (last && index === words.length - 1 && word.includes('.')) groups.push(...ipv4Groups(text, word));
    else throw illegal(text, `"${word.slice(0, 20)}" is not a group of one to four hexadecimal digits`);
  }
  return groups;
}

function ipv4Groups(text: string, word: string): [number, number] {
  const octets = word.split('.');
  const legal =
    octets.length === 4 && octets.every((octet) => DECIMAL_OCTET.test(octet) && Number(octet) <= 255);
  if (!legal) throw illegal(text, 'illegal embedded IPv4 address');
  const [a, b, c, d] = octets.map(Number) as [number, number, number, number];
  return [a * 256 + b, c * 256 + d];
}

function toOctets(groups: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * GROUPS);
  for (const [index, group] of groups.entries()) {
    bytes[2 * index] = group >> 8;
    bytes[2 * index + 1] = group & 0xff;
  }
  return bytes;
}

function isIpv4Mapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

// RFC 5952 §4.2: the longest run of zero groups is compressed, the first one of equals.
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

function illegal(text: string, detail: string): DecodeError {
  return new DecodeError('illegal-value', 'IPv6 address', `${detail} in "${text.slice(0, 64)}"`);
}
