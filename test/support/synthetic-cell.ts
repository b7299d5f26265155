import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CellRecord } from '../../analysis/cell.ts';
import { type CaptureRecord, writeCapture } from './capture-file.ts';
import { careOf1, careOf2, client, contactAddress, homeAgent1 } from './handoff-messages.ts';
import { delayMs, payloadOctets } from './handoff-script.ts';
import { channelPort, type Hop, type Neighbour, servicePort } from './session-segments.ts';

const epochNs = 1_000_000_000n * 1_000_000_000n;
const interfaceIndices: Readonly<Record<Neighbour, number>> = { client: 2, ha1: 3, ha2: 4 };

export interface VerdictLine {
  readonly repetition: number;
  /** ms since the script's epoch */
  readonly atMs: number;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly ok?: boolean;
  readonly problem?: string;
  readonly dropped?: string;
  readonly intact?: boolean;
}

/** A cell's folder as the lab leaves it, in a temporary folder; removed when disposed of. */
export class SyntheticCell implements Disposable {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'handoff-lab-cell-'));

  constructor(hops: readonly Hop[], verdicts: readonly VerdictLine[], changes: Partial<CellRecord> = {}) {
    const cell: CellRecord = {
      experiment: 'synthetic',
      cell: 'default',
      parameters: { csMs: 40, ssMs: 20, lossPct: 0 },
      variant: 'drain',
      clock: 'virtual',
      seed: 1,
      repetitions: verdicts.length,
      addresses: {
        client,
        contactAddress,
        node1: careOf1,
        node2: careOf2,
        homeAgent1,
        homeAgent2: '2001:db8:2::1',
      },
      servicePort,
      channelPort,
      interfaces: { 2: 'client', 3: 'ha1', 4: 'ha2' },
      ...changes,
    };
    writeFileSync(path.join(this.folder, 'cell.json'), JSON.stringify(cell));
    writeCapture(path.join(this.folder, 'router.pcap'), hops.flatMap(sightings));
    writeFileSync(path.join(this.folder, 'events.jsonl'), verdicts.map(verdictLine).join(''));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

function sightings(hop: Hop): CaptureRecord[] {
  const { from, to, packet, atMs, lost = false } = hop;
  const coming: CaptureRecord = {
    timeNs: ns(atMs),
    interfaceIndex: interfaceIndices[from],
    direction: 'in',
    packet,
  };
  if (lost) return [coming];
  const forwarded = Buffer.from(packet);
  forwarded[7] = forwarded[7]! - 1;
  const timeNs = ns(atMs + delayMs(hop));
  return [coming, { timeNs, interfaceIndex: interfaceIndices[to], direction: 'out', packet: forwarded }];
}

function verdictLine({ repetition, atMs, ...more }: VerdictLine): string {
  const { bytes = payloadOctets, sha256 = 'ab', ok = true, problem = '', dropped, intact } = more;
  const fields = { repetition, bytes, sha256, expected: 'ab', ok, problem, dropped, intact };
  return `${JSON.stringify({ t: String(ns(atMs)), node: 'client', event: 'repetition-finished', ...fields })}\n`;
}

function ns(ms: number): bigint {
  return epochNs + BigInt(Math.round(ms * 1e6));
}
