import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type CapturedPacket, PcapReader } from '../../analysis/capture/pcap-reader.ts';
import { tsharkFields } from '../support/capture-tshark.ts';
import { throwsDecodeError } from '../support/decode-error.ts';

const golden = path.join(import.meta.dirname, 'golden', 'packets.pcap');
const folder = mkdtempSync(path.join(os.tmpdir(), 'handoff-lab-pcap-'));
after(() => rmSync(folder, { recursive: true }));

function temporary(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

function readAll(file: string): { packets: CapturedPacket[]; truncated: boolean; epochSeconds: number } {
  using reader = new PcapReader(file);
  const packets = [...reader.packets()];
  return { packets, truncated: reader.truncated, epochSeconds: reader.epochSeconds };
}

interface Rewrite {
  readonly bigEndian?: boolean;
  readonly microseconds?: boolean;
  readonly linkType?: number;
  /** link header in place of the 20 octets of SLL2 */
  readonly linkHeader?: (sll2: Buffer) => Buffer;
}

/** The golden capture in another of the format's dresses. */
function rewritten({
  bigEndian = false,
  microseconds = false,
  linkType = 276,
  linkHeader = (sll2) => sll2,
}: Rewrite): Buffer {
  const source = readFileSync(golden);
  const u32 = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [index, value] of values.entries()) {
      if (bigEndian) bytes.writeUInt32BE(value, 4 * index);
      else bytes.writeUInt32LE(value, 4 * index);
    }
    return bytes;
  };
  const version = bigEndian ? Buffer.from([0, 2, 0, 4]) : Buffer.from([2, 0, 4, 0]);
  const parts = [u32(microseconds ? 0xa1b2c3d4 : 0xa1b23c4d), version, u32(0, 0, 65_535, linkType)];
  for (let at = 24; at < source.length; ) {
    const captured = source.readUInt32LE(at + 8);
    const frame = source.subarray(at + 16, at + 16 + captured);
    const link = linkHeader(frame.subarray(0, 20));
    const shift = link.length - 20;
    const fraction = source.readUInt32LE(at + 4);
    const stamp = [source.readUInt32LE(at), microseconds ? Math.floor(fraction / 1000) : fraction] as const;
    parts.push(
      u32(...stamp, captured + shift, source.readUInt32LE(at + 12) + shift),
      link,
      frame.subarray(20),
    );
    at += 16 + captured;
  }
  return Buffer.concat(parts);
}

const columns = ['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len'] as const;

/** Our reading in tshark's words. */
function words({ packets, epochSeconds }: ReturnType<typeof readAll>): string[][] {
  return packets.map(({ number, timeNs, bytes, originalLength, headerOctets }) => {
    const ns = BigInt(epochSeconds) * 1_000_000_000n + BigInt(timeNs);
    const time = `${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
    return [String(number), time, String(bytes.length + headerOctets), String(originalLength + headerOctets)];
  });
}

const sll = (sll2: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0, sll2[10]!, 0, 1, 0, 6]), sll2.subarray(12, 20), sll2.subarray(0, 2)]);
const ethernet = (sll2: Buffer): Buffer => Buffer.concat([Buffer.alloc(12, 2), sll2.subarray(0, 2)]);

const dresses: Readonly<Record<string, Rewrite>> = {
  'nanoseconds, little-endian, SLL2': {},
  'nanoseconds, big-endian, SLL2': { bigEndian: true },
  'microseconds, little-endian, SLL2': { microseconds: true },
  'microseconds, big-endian, SLL': { bigEndian: true, microseconds: true, linkType: 113, linkHeader: sll },
  'nanoseconds, Ethernet': { linkType: 1, linkHeader: ethernet },
  'nanoseconds, raw IP': { linkType: 101, linkHeader: () => Buffer.alloc(0) },
};

for (const [index, [name, rewrite]] of Object.entries(dresses).entries()) {
  test(`reads numbers, times and lengths as tshark does: ${name}`, () => {
    const file = temporary(`dress-${index}.pcap`, rewritten(rewrite));
    assert.deepEqual(words(readAll(file)), tsharkFields(file, columns));
  });
}

test('SLL2 tells interface, direction and protocol as tshark does', () => {
  const { packets } = readAll(golden);
  const expected = tsharkFields(golden, ['sll.ifindex', 'sll.pkttype', 'sll.etype']);
  assert.deepEqual(
    packets.map(({ interfaceIndex, direction, protocol }) => [String(interfaceIndex), direction, protocol]),
    expected.map(([interfaceIndex, type, protocol]) => [
      interfaceIndex,
      type === '4' ? 'out' : 'in',
      Number(protocol),
    ]),
  );
});

test('other link types find the same network packets', () => {
  const packets = readAll(golden).packets.filter(({ protocol }) => protocol === 0x86dd);
  for (const name of ['microseconds, big-endian, SLL', 'nanoseconds, Ethernet', 'nanoseconds, raw IP']) {
    const file = temporary('other.pcap', rewritten(dresses[name]!));
    const own = readAll(file).packets.filter(({ protocol }) => protocol === 0x86dd);
    assert.deepEqual(
      own.map(({ bytes, originalLength }) => [Buffer.from(bytes), originalLength]),
      packets.map(({ bytes, originalLength }) => [Buffer.from(bytes), originalLength]),
    );
  }
});

test('a file cut anywhere gives the whole packets before the cut and says so', () => {
  const whole = readFileSync(golden);
  const ends: number[] = [24];
  for (let at = 24; at < whole.length; at = ends.at(-1)!) ends.push(at + 16 + whole.readUInt32LE(at + 8));
  const cuts = ends.flatMap((end) => [end - 1, end, end + 1, end + 15, end + 16, end + 17, end + 30]);
  for (const length of cuts.filter((cut) => cut >= 24 && cut <= whole.length)) {
    const { packets, truncated } = readAll(temporary('cut.pcap', whole.subarray(0, length)));
    assert.equal(packets.length, ends.filter((end) => end <= length).length - 1, `cut at ${length}`);
    assert.equal(truncated, !ends.includes(length), `cut at ${length}`);
  }
});

test('packets stay valid while the reader moves on through a large file', () => {
  const whole = readFileSync(golden);
  const copies = 2000;
  const body = whole.subarray(24);
  const large = temporary(
    'large.pcap',
    Buffer.concat([whole.subarray(0, 24), ...Array<Buffer>(copies).fill(body)]),
  );
  const once = readAll(golden).packets;
  const { packets, truncated } = readAll(large);
  assert.equal(truncated, false);
  assert.equal(packets.length, copies * once.length);
  for (const [index, packet] of packets.entries()) {
    const expected = once[index % once.length]!;
    assert.equal(packet.number, index + 1);
    assert.equal(Buffer.compare(packet.bytes, expected.bytes), 0, `packet ${index + 1}`);
  }
});

test('what is no pcap of ours is refused', () => {
  const whole = readFileSync(golden);
  throwsDecodeError(() => readAll(temporary('empty.pcap', Buffer.alloc(0))), { code: 'truncated' });
  throwsDecodeError(() => readAll(temporary('short.pcap', whole.subarray(0, 23))), { code: 'truncated' });
  const pcapng = Buffer.from([0x0a, 0x0d, 0x0d, 0x0a, ...Buffer.alloc(40)]);
  throwsDecodeError(() => readAll(temporary('ng.pcap', pcapng)), { field: 'pcap magic number' });
  const linkType = temporary('link.pcap', rewritten({ linkType: 147 }));
  throwsDecodeError(() => readAll(linkType), { field: 'pcap link type' });
  const broken = Buffer.from(whole);
  broken.writeUInt32LE(0x7fffffff, 24 + 8);
  throwsDecodeError(() => readAll(temporary('broken.pcap', broken)), { code: 'illegal-length' });
});

test("an event's time is told on the capture's count", () => {
  using reader = new PcapReader(golden);
  assert.equal(reader.sinceEpoch(1_000_000_000_999_999_003n), 999_999_003);
});
