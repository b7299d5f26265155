import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { ipv6 } from '../../mip6/wire/address.ts';
import { verifyAuthenticated } from '../../mip6/wire/binding-authorization-data.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { parseHomeAddressHeader } from '../../mip6/wire/home-address-option.ts';
import { emitIpv6, parseIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { parseParameterProblem } from '../../mip6/wire/parameter-problem.ts';
import { parseType2RoutingHeader } from '../../mip6/wire/type2-routing-header.ts';
import { loadGolden, toHex } from '../support/golden.ts';
import { mutate, seededNumbers } from '../support/mutate.ts';

/*
 * Mutation fuzzing of every parser in mip6/wire:
 *
 *   node test/fuzz/wire-fuzz.ts [--count 1000000] [--seed 1]
 *
 * Each input is a golden packet with a few edits, handed to every parser as a window of a larger buffer. A parser
 * must return or throw a DecodeError; it must not see the octets around its window (they differ between two runs
 * that must agree); and what it accepts must survive being emitted and parsed again.
 */

/** What a run has seen. */
export interface FuzzReport {
  readonly inputs: number;
  readonly accepted: number;
  readonly rejected: number;
}

interface Target {
  readonly name: string;
  /** everything the parser says about the octets */
  readonly parse: (octets: Uint8Array) => unknown;
  /** the octets of what `parse` returned, when the format has an emitter of its own */
  readonly emit?: (octets: Uint8Array) => Uint8Array;
}

const ADDRESS = ipv6('2001:db8::1');
const KBM = new Uint8Array(20);
const GUARD_OCTETS = 40;

const TARGETS: readonly Target[] = [
  {
    name: 'parseMobilityHeader',
    parse: (octets) => parseMobilityHeader(octets).message,
    emit: (octets) => emitMobilityHeader(parseMobilityHeader(octets).message),
  },
  { name: 'verifyAuthenticated', parse: (octets) => verifyAuthenticated(octets, KBM, ADDRESS, ADDRESS) },
  { name: 'parseIpv6', parse: parseIpv6 },
  { name: 'parseIpv6 of whole packets', parse: wholeIpv6, emit: (octets) => emitIpv6(wholeIpv6(octets)) },
  { name: 'parseHomeAddressHeader', parse: parseHomeAddressHeader },
  { name: 'parseType2RoutingHeader', parse: (octets) => parseType2RoutingHeader(octets) },
  { name: 'parseParameterProblem', parse: (octets) => parseParameterProblem(withParameterProblem(octets)) },
];

/** Runs `count` mutated inputs through every parser; throws an AssertionError that holds the input on the first fault. */
export function fuzzWire({ seed, count }: { seed: number; count: number }): FuzzReport {
  const number = seededNumbers(seed);
  const corpus = buildCorpus();
  const report = { inputs: 0, accepted: 0, rejected: 0 };
  while (report.inputs < count) {
    const pick = () => corpus[number(corpus.length)]!;
    const input = mutate(pick(), pick(), number);
    for (const target of TARGETS) {
      if (tryTarget(target, input)) report.accepted++;
      else report.rejected++;
    }
    report.inputs++;
  }
  return report;
}

/** The input as invoking packet; its first octets are the ICMPv6 message's own too. */
function withParameterProblem(octets: Uint8Array): Uint8Array {
  return Uint8Array.from([4, ...octets.subarray(0, 7), ...octets]);
}

function buildCorpus(): Uint8Array[] {
  const golden = loadGolden();
  const packets = [...golden.messages, ...golden.packets].map(({ packet }) => packet);
  const extensions = packets.map((packet) => packet.subarray(40)).filter(({ length }) => length > 0);
  const headers = golden.messages.map(({ mobilityHeader }) => mobilityHeader);
  return [...packets, ...extensions, ...headers, ...headers];
}

function tryTarget(target: Target, input: Uint8Array): boolean {
  const first = outcome(target, window(input, 0x00));
  const second = outcome(target, window(input, 0xff));
  const where = `${target.name} of ${toHex(input)}`;
  assert.deepStrictEqual(second, first, `depends on octets outside its input: ${where}`);
  if (first.error !== undefined) {
    assert.ok(first.error === 'DecodeError', `threw ${first.error} ${first.detail}: ${where}`);
    return false;
  }
  if (target.emit !== undefined) {
    assert.deepStrictEqual(
      outcome(target, reEmit(target.emit, input)),
      first,
      `round trip differs: ${where}`,
    );
  }
  return true;
}

interface Outcome {
  readonly value?: unknown;
  readonly error?: string;
  readonly detail?: string;
}

function outcome(target: Target, octets: Uint8Array): Outcome {
  try {
    return { value: structuredCopy(target.parse(octets)) };
  } catch (error) {
    const { name, message } = error as Error;
    return { error: error instanceof DecodeError ? 'DecodeError' : name, detail: message };
  }
}

// Views into the two guard buffers become arrays of their own, so that only the octets seen are compared.
function structuredCopy(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(structuredCopy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, structuredCopy(field)]));
}

function window(input: Uint8Array, guard: number): Uint8Array {
  const buffer = new Uint8Array(input.length + 2 * GUARD_OCTETS).fill(guard);
  buffer.set(input, GUARD_OCTETS);
  return buffer.subarray(GUARD_OCTETS, GUARD_OCTETS + input.length);
}

function reEmit(emit: (octets: Uint8Array) => Uint8Array, input: Uint8Array): Uint8Array {
  try {
    return emit(input);
  } catch (error) {
    return assert.fail(`accepted but not emitted again, ${String(error)}: ${toHex(input)}`);
  }
}

function wholeIpv6(octets: Uint8Array): Omit<ReturnType<typeof parseIpv6>, 'payloadOctets' | 'totalOctets'> {
  const { payloadOctets, totalOctets, ...packet } = parseIpv6(octets);
  if (packet.truncated)
    throw new DecodeError('truncated', 'packet', 'not whole', payloadOctets - totalOctets);
  return packet;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
  });
  const [count, seed] = [Number(values.count), Number(values.seed)];
  assert.ok(Number.isInteger(count) && count > 0, `--count ${values.count} is not a positive integer`);
  assert.ok(Number.isInteger(seed), `--seed ${values.seed} is not an integer`);
  const report = fuzzWire({ seed, count });
  console.log(
    `seed ${seed}: ${report.inputs} inputs, ${report.accepted} accepted, ${report.rejected} rejected, no fault`,
  );
}
