import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { HandoffScript } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';

const program = path.join(import.meta.dirname, '../support/analyze-and-weigh.ts');
const fileHeaderOctets = 24;
const recordHeaderOctets = 16;
const copies = 800_000;

function oneSession(): SyntheticCell {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, initAtMs: 203, initBodyOctets: 91 });
  return new SyntheticCell(script.hops, [{ repetition: 0, atMs: 3000 }]);
}

/** Repeats the capture's largest record: a data segment, which then comes again and again. */
function inflate(capture: string): void {
  const octets = readFileSync(capture);
  let largest = { start: 0, end: 0 };
  for (let start = fileHeaderOctets; start < octets.length; ) {
    const end = start + recordHeaderOctets + octets.readUInt32LE(start + 8);
    if (end - start > largest.end - largest.start) largest = { start, end };
    start = end;
  }
  const record = octets.subarray(largest.start, largest.end);
  const block = Buffer.concat(Array<Buffer>(1000).fill(record));
  const file = openSync(capture, 'w');
  writeSync(file, octets.subarray(0, largest.end));
  for (let written = 0; written < copies; written += 1000) writeSync(file, block);
  writeSync(file, octets.subarray(largest.end));
  closeSync(file);
}

function weigh(cell: SyntheticCell): { values: unknown[]; maxRssKb: number } {
  return JSON.parse(execFileSync(process.execPath, [program, cell.folder], { encoding: 'utf8' }));
}

test('a capture of hundreds of megabytes is read in the memory that a small one takes', () => {
  using small = oneSession();
  using large = oneSession();
  const capture = path.join(large.folder, 'router.pcap');
  inflate(capture);
  const megabytes = statSync(capture).size / 1e6;
  assert.ok(megabytes > 200, `${megabytes} MB`);
  const [little, much] = [weigh(small), weigh(large)];
  assert.equal(typeof little.values[0], 'number', String(little.values[0]));
  assert.deepEqual(much.values, [little.values[0], copies]);
  const growthMb = (much.maxRssKb - little.maxRssKb) / 1024;
  assert.ok(growthMb < 64, `${growthMb.toFixed(0)} MB more for a capture of ${megabytes.toFixed(0)} MB`);
});
