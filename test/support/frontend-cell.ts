import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CellRecord } from '../../analysis/cell.ts';
import type { Parameters } from '../../experiments/experiment.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { type CaptureRecord, epochNs, writeCapture } from './capture-file.ts';
import {
  ipv6Packet,
  type Payload,
  tcpSegment,
  tunnelled,
  withHomeAddress,
  withRouting,
} from './capture-packets.ts';

/** One-way latencies, ms. */
export const latencies = { cs1: 10, cs2: 40, ss: 20 } as const;
export const contactAddress = ipv6('2001:db8:1:1::100');
export const clientAddresses = [ipv6('2001:db8:c:1::2'), ipv6('2001:db8:c:2::2')] as const;
const node1 = ipv6('2001:db8:1:1::2');
const node2 = ipv6('2001:db8:1:2::2');
const homeAgent1 = ipv6('2001:db8:1:1::1');

/** Octets of data in a segment, segments of a document, and when they come, ms apart. */
export const document = { octets: 1000, segments: 5, apartMs: 10 } as const;
export const bytes = document.octets * document.segments;
/** When a client's requests come to the router, ms: first document, probe, document, end. */
export const requestTimes = [10, 1000, 2000, 4000] as const;
export const periodMs = 10_000;

export const indices = { access1: 2, ha1: 3, gw2: 4 } as const;
type Neighbour = keyof typeof indices;
const port = 8080;
const flags = { syn: 2, ack: 16, psh: 24 } as const;
const requests = ['GET 100\n', 'GET 1\n', `GET ${bytes}\n`, 'END\n'] as const;
const serverSequence = 7000;

/** What a test may change of a faultless cell. */
export interface FrontendChange {
  readonly records?: (records: CaptureRecord[]) => CaptureRecord[];
  readonly verdicts?: (lines: object[]) => object[];
  readonly repetitions?: number;
  readonly lossPct?: number;
  readonly windowBytes?: number;
}

/** A cell's folder with sessions of two clients, served in one of the four ways, removed when disposed of. */
export class FrontendCell implements Disposable {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'handoff-lab-frontend-'));

  constructor(service: number, change: FrontendChange = {}) {
    const { records = (same) => same, verdicts = (same) => same, repetitions = 1, lossPct = 0 } = change;
    const bound: Parameters = change.windowBytes === undefined ? {} : { windowBytes: change.windowBytes };
    const numbers = Array.from({ length: repetitions }, (_, number) => number);
    const cell: CellRecord = {
      experiment: 'frontend',
      cell: 'synthetic',
      parameters: { service, clients: clientAddresses.length, bytes, lossPct, ...bound },
      variant: '',
      clock: 'virtual',
      seed: 1,
      repetitions,
      addresses: { client: clientAddresses[0], contactAddress, node1, node2, homeAgent1 },
      servicePort: port,
      channelPort: 7000,
      interfaces: Object.fromEntries(Object.entries(indices).map(([name, index]) => [index, name])),
    };
    const lines = numbers.map((repetition) => ({
      t: String(epochNs),
      node: 'client',
      event: 'repetition-finished',
      repetition,
      ok: true,
      problem: '',
    }));
    this.#write('cell.json', JSON.stringify(cell));
    const capture = numbers.flatMap((repetition) => sessions(service, repetition * periodMs));
    writeCapture(path.join(this.folder, 'router.pcap'), records(capture));
    const text = verdicts(lines).map((line) => `${JSON.stringify(line)}\n`);
    this.#write('events.jsonl', text.join(''));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  #write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }
}

/** A packet at one of the router's interfaces, `atMs` after the capture's start. */
export function sighting(
  neighbour: Neighbour,
  direction: 'in' | 'out',
  atMs: number,
  packet: Buffer,
): CaptureRecord {
  const timeNs = epochNs + BigInt(Math.round(atMs * 1e6));
  return { timeNs, interfaceIndex: indices[neighbour], direction, packet };
}

/** Both clients' sessions: connection, first document, probes in turn, documents at once, end. */
function sessions(service: number, startMs: number): CaptureRecord[] {
  return clientAddresses.flatMap((client, index) => session(service, client, index, startMs));
}

/** `startMs` is the SYN's; segments of both directions by their own ways. */
function session(service: number, client: Ipv6Address, index: number, startMs: number): CaptureRecord[] {
  const end = { client, port: 40_000 + index + startMs / 1000 };
  const turn = (request: number): number =>
    startMs + requestTimes[request]! + (request === 1 ? 200 * index : index);
  const records = toServer(service, end, startMs + index, { seq: 100, flags: flags.syn });
  let seq = 101;
  let ack = serverSequence;
  for (const [request, text] of requests.entries()) {
    const at = turn(request);
    const payload = Buffer.from(text);
    records.push(...toServer(service, end, at, { seq, ack, flags: flags.psh, payload }));
    seq += payload.length;
    const sizes = [[100], [1], Array<number>(document.segments).fill(document.octets), []][request]!;
    for (const [position, octets] of sizes.entries()) {
      const leavesServer = at + towardsMs(service) + position * document.apartMs;
      const fields = { seq: ack, ack: seq, flags: flags.ack, payload: Buffer.alloc(octets, 0x5a) };
      records.push(...toClient(service, end, leavesServer, fields));
      ack += octets;
      const acknowledged = leavesServer + backMs(service) + 0.001;
      records.push(...toServer(service, end, acknowledged, { seq, ack, flags: flags.ack }));
    }
  }
  return records;
}

interface ClientEnd {
  readonly client: Ipv6Address;
  readonly port: number;
}

interface Fields {
  readonly seq: number;
  readonly ack?: number;
  readonly flags: number;
  readonly payload?: Buffer;
}

/** From the client: when its packet comes to the router. */
function toServer(
  service: number,
  { client, port: from }: ClientEnd,
  atMs: number,
  fields: Fields,
): CaptureRecord[] {
  const segment = tcpSegment(client, contactAddress, { from, to: port, ...fields });
  const plain = ipv6Packet(client, contactAddress, segment);
  if (service === 1) {
    const direct = ipv6Packet(client, node2, withRouting(contactAddress, segment));
    return crossing('access1', 'gw2', atMs, latencies.cs2, direct);
  }
  return [
    ...crossing('access1', 'ha1', atMs, latencies.cs1, plain),
    ...crossing(
      'ha1',
      'gw2',
      atMs + latencies.cs1,
      latencies.ss,
      tunnelled(forwarder(service), node2, plain),
    ),
  ];
}

/** From the server, likewise. */
export function toClient(
  service: number,
  { client, port: to }: ClientEnd,
  atMs: number,
  fields: Fields,
): CaptureRecord[] {
  const segment: Payload = tcpSegment(contactAddress, client, { from: port, to, ...fields });
  const plain = ipv6Packet(contactAddress, client, segment);
  if (service === 3) return crossing('gw2', 'access1', atMs, latencies.cs2, plain);
  if (service === 1) {
    const direct = ipv6Packet(node2, client, withHomeAddress(contactAddress, segment));
    return crossing('gw2', 'access1', atMs, latencies.cs2, direct);
  }
  return [
    ...crossing('gw2', 'ha1', atMs, latencies.ss, tunnelled(node2, forwarder(service), plain)),
    ...crossing('ha1', 'access1', atMs + latencies.ss, latencies.cs1, plain),
  ];
}

function forwarder(service: number): Ipv6Address {
  return service === 0 ? node1 : homeAgent1;
}

function towardsMs(service: number): number {
  return service === 1 ? latencies.cs2 : latencies.cs1 + latencies.ss;
}

function backMs(service: number): number {
  return service === 1 || service === 3 ? latencies.cs2 : latencies.cs1 + latencies.ss;
}

function crossing(
  from: Neighbour,
  to: Neighbour,
  atMs: number,
  delayMs: number,
  packet: Buffer,
): CaptureRecord[] {
  return [sighting(from, 'in', atMs, packet), sighting(to, 'out', atMs + delayMs, packet)];
}
