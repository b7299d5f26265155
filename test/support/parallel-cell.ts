import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CellRecord } from '../../analysis/cell.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { type CaptureRecord, epochNs, writeCapture } from './capture-file.ts';
import {
  ipv6Packet,
  type SegmentFields,
  tcpSegment,
  withHomeAddress,
  withRouting,
} from './capture-packets.ts';

export const client = ipv6('2001:db8:c:1::2');
const contact1 = ipv6('2001:db8:1:1::100');
const contact2 = ipv6('2001:db8:1:2::101');
export const contacts: readonly Ipv6Address[] = [contact1, contact2];
const node1 = ipv6('2001:db8:1:1::2');
const node2 = ipv6('2001:db8:1:2::2');
/** One-way, ms: what the router adds between the client and each member. */
const latencyMs = 40;
/** From the donor's last octets to the acceptor's first. */
export const handoffGapMs = 180;
/** Octets that one sender sends of a range; twice as much in all. */
const halfOctets = 1000;
export const bytes = 2 * 2 * halfOctets;

/** Each is contact node of one address and acceptor of the other's range. */
export const members = { node1, node2, contactNode1: node1, contactNode2: node2 };

const interfaces = { access1: 2, ha1: 3, ha2: 4 } as const;
const port = 8080;
const periodMs = 10_000;
const flags = { fin: 17, syn: 2, synAck: 18, ack: 16, reset: 4 } as const;

/** What a test may change of a faultless cell; a record is found by its label, e.g. `0 range 1 acceptor`. */
export interface ParallelChange {
  readonly records?: (records: readonly LabelledRecord[]) => readonly LabelledRecord[];
  readonly verdicts?: (lines: readonly Record<string, unknown>[]) => readonly Record<string, unknown>[];
  readonly cell?: Partial<CellRecord>;
}

/** A packet at the router: repetition, range and what it is. */
export interface LabelledRecord extends CaptureRecord {
  readonly label: string;
}

/** A cell's folder with two downloads in two ranges, each handed to the other's contact node; removed when disposed of. */
export class ParallelCell implements Disposable {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'handoff-lab-parallel-'));

  constructor({ records = (same) => same, verdicts = (same) => same, cell }: ParallelChange = {}) {
    const repetitions = [0, 1];
    const record: CellRecord = {
      experiment: 'parallel',
      cell: 'synthetic',
      parameters: { contactAddresses: 2, handoff: 1, bytes },
      variant: 'drain+advance-rr',
      clock: 'virtual',
      seed: 1,
      repetitions: repetitions.length,
      addresses: { client, contact1, contact2, ...members, acceptor1: node2, acceptor2: node1 },
      servicePort: port,
      channelPort: 7000,
      interfaces: { 2: 'access1', 3: 'ha1', 4: 'ha2' },
      ...cell,
    };
    const capture = repetitions.flatMap((repetition) =>
      [0, 1].flatMap((range) => session(repetition, range)),
    );
    const lines = [...repetitions.map(start), ...verdicts(repetitions.map(verdict))];
    this.#write('cell.json', JSON.stringify(record));
    writeCapture(path.join(this.folder, 'router.pcap'), records(capture));
    this.#write('events.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  #write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }
}

/** A packet at the client's side of the router, `atMs` after the beginning of a repetition. */
export function atClient(
  label: string,
  repetition: number,
  atMs: number,
  direction: 'in' | 'out',
  packet: Buffer,
): LabelledRecord {
  const timeNs = ns(repetition * periodMs + atMs);
  return { label: `${repetition} ${label}`, timeNs, interfaceIndex: interfaces.access1, direction, packet };
}

/** A segment of a range's connection from its server, under the care-of address `via` with a Home Address option, or through the home agent. */
export function fromServer(range: number, fields: Partial<SegmentFields>, via?: Ipv6Address): Buffer {
  const contact = contacts[range]!;
  const payload = tcpSegment(contact, client, {
    from: port,
    to: 40_000 + range,
    seq: 0,
    flags: flags.ack,
    ...fields,
  });
  return via === undefined
    ? ipv6Packet(contact, client, payload)
    : ipv6Packet(via, client, withHomeAddress(contact, payload));
}

/** A segment of the client's, to the care-of address `via` with a routing header, or to the home agent. */
export function fromClient(range: number, fields: Partial<SegmentFields>, via?: Ipv6Address): Buffer {
  const contact = contacts[range]!;
  const payload = tcpSegment(client, contact, {
    from: 40_000 + range,
    to: port,
    seq: 0,
    flags: flags.ack,
    ...fields,
  });
  return via === undefined
    ? ipv6Packet(client, contact, payload)
    : ipv6Packet(client, via, withRouting(contact, payload));
}

/** When the last octet of a range leaves towards the client, ms after the first SYN; its acknowledgement comes half a ms later. */
export function endMs(range: number): number {
  return firstMs(range) + 40 + handoffGapMs + 20 * (range + 1);
}

/** When the first octet of a range leaves towards the client. */
export function firstMs(range: number): number {
  return range + 4 * latencyMs;
}

function session(repetition: number, range: number): readonly LabelledRecord[] {
  const [donor, acceptor] = range === 0 ? [node1, node2] : [node2, node1];
  const at = (what: string, atMs: number, direction: 'in' | 'out', packet: Buffer): LabelledRecord =>
    atClient(`range ${range} ${what}`, repetition, atMs, direction, packet);
  const first = firstMs(range);
  const last = endMs(range);
  const quarter = halfOctets / 2;
  const part = (seq: number): Partial<SegmentFields> => ({ seq, payload: Buffer.alloc(quarter) });
  // Near the end of the sequence space, so that it wraps.
  const start = 0xffff_ff00 + repetition;
  const end = start + 1 + 2 * halfOctets;
  return [
    at('syn', range, 'in', fromClient(range, { seq: 5 + repetition, flags: flags.syn })),
    at('syn-ack', range + 2 * latencyMs, 'out', fromServer(range, { seq: start, flags: flags.synAck })),
    at('home', first, 'out', fromServer(range, part(start + 1))),
    at('donor', first + 40, 'out', fromServer(range, part(start + 1 + quarter), donor)),
    at(
      'acceptor',
      first + 40 + handoffGapMs,
      'out',
      fromServer(range, part(start + 1 + 2 * quarter), acceptor),
    ),
    at('last', last, 'out', fromServer(range, part(start + 1 + 3 * quarter), acceptor)),
    at('ack', last + 0.5, 'in', fromClient(range, { seq: 100, ack: end }, acceptor)),
    at('fin', last + 1, 'in', fromClient(range, { seq: 100, ack: end, flags: flags.fin }, acceptor)),
    at('server-fin', last + 81, 'out', fromServer(range, { seq: end, flags: flags.fin }, acceptor)),
    at('last-ack', last + 82, 'in', fromClient(range, { seq: 101, ack: end + 1 }, acceptor)),
  ];
}

function start(repetition: number): Record<string, unknown> {
  return { t: String(ns(repetition * periodMs)), node: 'client', event: 'repetition-started', repetition };
}

function verdict(repetition: number): Record<string, unknown> {
  const t = String(ns(repetition * periodMs + 1000));
  const told = { repetition, ok: true, problem: '', bytes, sha256: 'ab', expected: 'ab' };
  return { t, node: 'client', event: 'repetition-finished', ...told };
}

function ns(ms: number): bigint {
  return epochNs + BigInt(Math.round(ms * 1e6));
}
