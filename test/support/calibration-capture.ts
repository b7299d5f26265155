import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { firstBulkPort } from '../../analysis/calibration/datagrams.ts';
import type { CellRecord } from '../../analysis/cell.ts';
import type { Sample } from '../../analysis/sample.ts';
import calibration from '../../experiments/calibration.ts';
import type { Parameters } from '../../experiments/experiment.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { FIG9_ADDRESSES, fig9 } from '../../topologies/fig9.ts';
import { neighboursByIndex } from '../../topologies/interfaces.ts';
import { type CaptureRecord, writeCapture } from './capture-file.ts';
import { ipv6Packet, type Payload, tcpSegment } from './capture-packets.ts';

type Station = 'client' | 'node1' | 'node2';

/** A datagram or segment at the router: when it comes, and when it leaves (absent: lost there), ms. */
export interface Crossing {
  readonly from: Station;
  readonly to: Station;
  readonly inMs: number;
  readonly outMs?: number;
}

const epochNs = 1_000_000_000n * 1_000_000_000n;
const servicePort = 8080;
const interfaces = neighboursByIndex(fig9(), 'router');
const behind = { client: 'client', node1: 'ha1', node2: 'ha2' } as const;
const udpProtocol = 17;
const purposes = { probe: 0, flood: 1 } as const;

/** Both sightings of a datagram that carries its label, octet by octet as the stations write it. */
export function datagram(
  crossing: Crossing,
  label: { purpose: keyof typeof purposes; sequence: number; repetition?: number; octets?: number },
): readonly CaptureRecord[] {
  const { purpose, sequence, repetition = 0, octets = 16 } = label;
  const bytes = Buffer.alloc(8 + octets);
  bytes.writeUInt16BE(servicePort, 0);
  bytes.writeUInt16BE(servicePort, 2);
  bytes.writeUInt16BE(bytes.length, 4);
  bytes.writeUInt32BE(repetition * 256 + purposes[purpose], 8);
  bytes.writeUInt32BE(sequence, 12);
  return sightings(crossing, { protocol: udpProtocol, bytes });
}

/** Both sightings of a segment of the bulk connection of repetition 0. */
export function bulkSegment(
  crossing: Crossing,
  fields: { seq: number; ack?: number; flags: number; window?: number; octets?: number },
): readonly CaptureRecord[] {
  const { octets = 0, ...rest } = fields;
  const fromClient = crossing.from === 'client';
  const ports = fromClient
    ? { from: firstBulkPort, to: servicePort }
    : { from: servicePort, to: firstBulkPort };
  const payload = Buffer.alloc(octets);
  const [source, destination] = [
    ipv6(FIG9_ADDRESSES[crossing.from]),
    ipv6(FIG9_ADDRESSES[crossing.to]),
  ] as const;
  return sightings(crossing, tcpSegment(source, destination, { ...ports, ...rest, payload }));
}

/** Samples of all of the calibration's measures from a cell with this capture; `parameters` over the experiment's defaults. */
export async function calibrationSamples(
  records: readonly CaptureRecord[],
  parameters: Parameters,
  verdict?: { readonly ok: boolean; readonly problem?: string },
): Promise<readonly Sample[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'handoff-lab-calibration-'));
  const defaults = Object.entries(calibration.parameters).map(([name, spec]) => [name, spec.default]);
  const cell: CellRecord = {
    experiment: 'calibration',
    cell: 'synthetic',
    parameters: { ...Object.fromEntries(defaults), ...parameters },
    variant: '',
    clock: 'virtual',
    seed: 1,
    repetitions: 1,
    addresses: FIG9_ADDRESSES,
    servicePort,
    channelPort: 7000,
    interfaces,
  };
  try {
    writeFileSync(path.join(folder, 'cell.json'), JSON.stringify(cell));
    writeCapture(path.join(folder, 'router.pcap'), records);
    writeFileSync(path.join(folder, 'events.jsonl'), verdict === undefined ? '' : verdictLine(verdict));
    return await analyzeCell(folder, calibration.measures);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function sightings({ from, to, inMs, outMs }: Crossing, payload: Payload): readonly CaptureRecord[] {
  const packet = ipv6Packet(ipv6(FIG9_ADDRESSES[from]), ipv6(FIG9_ADDRESSES[to]), payload);
  const coming: CaptureRecord = {
    timeNs: ns(inMs),
    interfaceIndex: indexOf(from),
    direction: 'in',
    packet,
  };
  if (outMs === undefined) return [coming];
  return [coming, { timeNs: ns(outMs), interfaceIndex: indexOf(to), direction: 'out', packet }];
}

function indexOf(station: Station): number {
  const found = Object.entries(interfaces).find(([, neighbour]) => neighbour === behind[station]);
  return Number(found?.[0]);
}

function verdictLine({ ok, problem = '' }: { ok: boolean; problem?: string }): string {
  const fields = { repetition: 0, bytes: 0, sha256: '', expected: '', ok, problem };
  return `${JSON.stringify({ t: String(ns(90_000)), node: 'client', event: 'repetition-finished', ...fields })}\n`;
}

function ns(ms: number): bigint {
  return epochNs + BigInt(Math.round(ms * 1e6));
}
