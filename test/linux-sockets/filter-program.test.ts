import assert from 'node:assert/strict';
import { test } from 'node:test';
import koffi from 'koffi';
import { accept, DROP_ALL, filterProgram, ifEqual, load } from '../../linux/packet-filter.ts';

/** `struct sock_fprog` on 64-bit Linux: count of instructions (u16), then, at octet 8, where they are; an instruction has 8 octets. */
const HEADER_OCTETS = 16;

test('a filter’s instructions lie behind its header, in the memory that the kernel is given and that lives through the call', () => {
  for (const program of [DROP_ALL, [load(1, 6), ifEqual(135, 0, 'drop'), accept(64)]]) {
    const whole = filterProgram(program);
    const count = program.length + 1;
    assert.equal(whole.length, HEADER_OCTETS + 8 * count);
    assert.equal(whole.readUInt16LE(0), count);
    const from = koffi.address(whole);
    assert.equal(whole.readBigUInt64LE(8), from + BigInt(HEADER_OCTETS));
    // A small buffer of Node's may lie where the collector moves it.
    assert.equal(whole.buffer.byteLength, whole.length);
  }
});

test('jumps lead to the last instruction where packets are dropped', () => {
  const whole = filterProgram([load(1, 6), ifEqual(135, 0, 'drop'), accept(64)]);
  assert.deepEqual(
    [...whole.subarray(HEADER_OCTETS)],
    [
      ...[0x30, 0, 0, 0, 6, 0, 0, 0],
      ...[0x15, 0, 0, 1, 135, 0, 0, 0],
      ...[0x06, 0, 0, 0, 64, 0, 0, 0],
      ...[0x06, 0, 0, 0, 0, 0, 0, 0],
    ],
  );
});
