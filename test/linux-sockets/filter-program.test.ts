import assert from 'node:assert/strict';
import { test } from 'node:test';
import koffi from 'koffi';
import { accept, attachFilter, DROP_ALL, filterProgram, ifEqual, load } from '../../linux/packet-filter.ts';
import { AF_INET6 } from '../../linux/socket-address.ts';
import { closeDescriptor, openSocket, SOCK_DGRAM } from '../../linux/socket-libc.ts';

/** `struct sock_fprog` on 64-bit Linux: count of instructions (u16), then, at octet 8, where they are; an instruction has 8 octets. */
const HEADER_OCTETS = 16;

test('a filter’s instructions lie behind its header, in the memory that the kernel is given and that lives through the call', () => {
  for (const program of [DROP_ALL, [load(1, 6), ifEqual(135, 0, 'drop'), accept(64)]]) {
    const header = filterProgram(program);
    const count = program.length + 1;
    assert.equal(header.length, HEADER_OCTETS);
    assert.equal(header.readUInt16LE(0), count);
    assert.equal(header.readBigUInt64LE(8), koffi.address(header) + BigInt(HEADER_OCTETS));
    // A small buffer of Node's may lie where the collector moves it.
    assert.equal(header.buffer.byteLength, HEADER_OCTETS + 8 * count);
  }
});

test('the kernel takes a filter, and one in its place', () => {
  const descriptor = openSocket(AF_INET6, SOCK_DGRAM, 0, 'socket with a filter');
  try {
    attachFilter(descriptor, [load(1, 6), ifEqual(135, 0, 'drop'), accept(64)]);
    attachFilter(descriptor, DROP_ALL);
  } finally {
    closeDescriptor(descriptor);
  }
});

test('jumps lead to the last instruction where packets are dropped', () => {
  const { buffer } = filterProgram([load(1, 6), ifEqual(135, 0, 'drop'), accept(64)]);
  assert.deepEqual(
    [...new Uint8Array(buffer, HEADER_OCTETS)],
    [
      ...[0x30, 0, 0, 0, 6, 0, 0, 0],
      ...[0x15, 0, 0, 1, 135, 0, 0, 0],
      ...[0x06, 0, 0, 0, 64, 0, 0, 0],
      ...[0x06, 0, 0, 0, 0, 0, 0, 0],
    ],
  );
});
