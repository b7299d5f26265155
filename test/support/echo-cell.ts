import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CellRecord } from '../../analysis/cell.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { type CaptureRecord, epochNs, writeCapture } from './capture-file.ts';
import { ipv6Packet, type Payload, tunnelled, withHomeAddress, withRouting } from './capture-packets.ts';
import { careOf1, careOf2, client, contactAddress, homeAgent1 } from './handoff-messages.ts';

export type EchoPath = 'beside' | 'elsewhere' | 'optimized';
/** One-way latencies, ms. */
export const latencies = { cs1: 10, cs2: 40, ss: 20 } as const;

const indices = { client: 2, ha1: 3, ha2: 4 } as const;
const port = 7;
const clientPort = 40_000;
const periodMs = 1000;
const parameters: Readonly<Record<EchoPath, Record<string, number>>> = {
  beside: { contactNode: 1, routeOptimization: 0 },
  elsewhere: { contactNode: 2, routeOptimization: 0 },
  optimized: { contactNode: 2, routeOptimization: 1 },
};

/** What a test may change of a faultless cell. */
export interface EchoChange {
  readonly records?: (records: CaptureRecord[]) => CaptureRecord[];
  readonly verdicts?: (lines: object[]) => object[];
  readonly cell?: Partial<CellRecord>;
}

/** A cell's folder with two echoes over one of the paths, removed when disposed of. */
export class EchoCell implements Disposable {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'handoff-lab-echo-'));

  constructor(over: EchoPath, change: EchoChange = {}) {
    const { records = (same) => same, verdicts = (same) => same } = change;
    const repetitions = [0, 1];
    const cell: CellRecord = {
      experiment: 'access',
      cell: 'synthetic',
      parameters: parameters[over],
      variant: '',
      clock: 'virtual',
      seed: 1,
      repetitions: repetitions.length,
      addresses: { client, contactAddress, node1: careOf1, node2: careOf2, homeAgent1 },
      servicePort: port,
      channelPort: 7000,
      interfaces: { 2: 'client', 3: 'ha1', 4: 'ha2' },
      ...change.cell,
    };
    const capture = repetitions.flatMap((repetition) => echo(over, repetition));
    const lines = repetitions.map((repetition) => verdict(repetition, roundTripMs(over) + 0.001));
    this.#write('cell.json', JSON.stringify(cell));
    writeCapture(path.join(this.folder, 'router.pcap'), records(capture));
    this.#write(
      'events.jsonl',
      verdicts(lines)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  #write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }
}

export function roundTripMs(over: EchoPath): number {
  const { cs1, cs2, ss } = latencies;
  return { beside: 2 * cs1, elsewhere: 2 * cs1 + 2 * ss, optimized: 2 * cs2 }[over];
}

/** A packet at the router's interface towards the client, `atMs` after the capture's start. */
export function atClient(atMs: number, direction: 'in' | 'out', packet: Buffer): CaptureRecord {
  return { timeNs: ns(atMs), interfaceIndex: indices.client, direction, packet };
}

/** The passages of one echo at the router. */
export function echo(over: EchoPath, repetition: number): CaptureRecord[] {
  const { cs1, cs2, ss } = latencies;
  const request = datagram(repetition, client, contactAddress);
  const answer = datagram(repetition, contactAddress, client);
  const towards = ipv6Packet(client, contactAddress, request);
  const back = ipv6Packet(contactAddress, client, answer);
  const start = repetition * periodMs;
  if (over === 'optimized') {
    const direct = ipv6Packet(client, careOf2, withRouting(contactAddress, request));
    const reply = ipv6Packet(careOf2, client, withHomeAddress(contactAddress, answer));
    return [
      ...crossing('client', 'ha2', start, cs2, direct),
      ...crossing('ha2', 'client', start + cs2, cs2, reply),
    ];
  }
  const detour = [
    ...crossing('ha1', 'ha2', start + cs1, ss, tunnelled(homeAgent1, careOf2, towards)),
    ...crossing('ha2', 'ha1', start + cs1 + ss, ss, tunnelled(careOf2, homeAgent1, back)),
  ];
  const away = over === 'elsewhere' ? 2 * ss : 0;
  return [
    ...crossing('client', 'ha1', start, cs1, towards),
    ...(over === 'elsewhere' ? detour : []),
    ...crossing('ha1', 'client', start + cs1 + away, cs1, back),
  ];
}

function crossing(
  from: keyof typeof indices,
  to: keyof typeof indices,
  atMs: number,
  delayMs: number,
  packet: Buffer,
): CaptureRecord[] {
  return [
    { timeNs: ns(atMs), interfaceIndex: indices[from], direction: 'in', packet },
    { timeNs: ns(atMs + delayMs), interfaceIndex: indices[to], direction: 'out', packet },
  ];
}

/** UDP (RFC 768) with 128 octets, the repetition's number in front; the checksum is left out. */
function datagram(repetition: number, source: Ipv6Address, destination: Ipv6Address): Payload {
  const bytes = Buffer.alloc(8 + 128, 0x5a);
  bytes.writeUInt16BE(source === client ? clientPort : port, 0);
  bytes.writeUInt16BE(destination === client ? clientPort : port, 2);
  bytes.writeUInt16BE(bytes.length, 4);
  bytes.writeUInt16BE(0, 6);
  bytes.writeUInt32BE(repetition, 8);
  return { protocol: 17, bytes };
}

function verdict(repetition: number, roundTrip: number): object {
  const t = String(ns(repetition * periodMs + roundTrip));
  const told = { repetition, ok: true, problem: '', roundTripMs: roundTrip };
  return { t, node: 'client', event: 'repetition-finished', ...told };
}

function ns(ms: number): bigint {
  return epochNs + BigInt(Math.round(ms * 1e6));
}
