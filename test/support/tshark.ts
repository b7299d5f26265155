import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LINKTYPE_RAW = 101;
const SNAP_LENGTH = 65_535;
const TIMEOUT_MS = 60_000;
const NANOSECOND_MAGIC = 0xa1b23c4d;
const SEPARATOR = '|';

/** A pcap file (nanoseconds, big-endian, raw IP) of these packets, one microsecond apart. */
export function pcapOf(packets: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32BE(NANOSECOND_MAGIC, 0);
  header.writeUInt16BE(2, 4);
  header.writeUInt16BE(4, 6);
  header.writeUInt32BE(SNAP_LENGTH, 16);
  header.writeUInt32BE(LINKTYPE_RAW, 20);
  const records = packets.flatMap((packet, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32BE(index * 1000, 4);
    record.writeUInt32BE(packet.length, 8);
    record.writeUInt32BE(packet.length, 12);
    return [record, packet];
  });
  return Buffer.concat([header, ...records]);
}

/** What tshark makes of each packet: field name to its values in order of occurrence, absent fields left out. */
export function dissect(packets: readonly Uint8Array[], fields: readonly string[]): Map<string, string[]>[] {
  const folder = mkdtempSync(join(tmpdir(), 'handoff-lab-tshark-'));
  try {
    const file = join(folder, 'packets.pcap');
    writeFileSync(file, pcapOf(packets));
    const options = [
      '-T',
      'fields',
      '-E',
      `separator=${SEPARATOR}`,
      '-E',
      'occurrence=a',
      '-E',
      'aggregator=,',
    ];
    const output = tshark(['-n', '-r', file, ...options, ...fields.flatMap((field) => ['-e', field])]);
    const lines = output.split('\n').slice(0, -1);
    assert.equal(lines.length, packets.length, 'tshark did not print one line a packet');
    return lines.map((line) => readLine(line, fields));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readLine(line: string, fields: readonly string[]): Map<string, string[]> {
  const columns = line.split(SEPARATOR);
  const values = fields.map((field, index): [string, string[]] => [
    field,
    columns[index]!.split(',').map(inOneSpelling),
  ]);
  return new Map(values.filter(([, [first]]) => first !== ''));
}

/** A field's value as tshark 4.0 prints it: 4.4 spells booleans out. */
export function inOneSpelling(value: string): string {
  if (value === 'True') return '1';
  return value === 'False' ? '0' : value;
}

function tshark(args: readonly string[]): string {
  try {
    return execFileSync('tshark', args, {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      assert.fail('tshark is missing: apt-get install tshark');
    }
    throw error;
  }
}
