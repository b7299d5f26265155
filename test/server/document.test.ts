import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { documentPart } from '../../applications/document.ts';

/** The octet at `offset`, as the document is described: words of a number and its product, each marked. */
function octetAt(offset: number, number: number): number {
  const mark = Math.imul(number, 0x85ebca6b);
  const word = Math.floor(offset / 8);
  const half = offset % 8 < 4 ? word ^ mark : Math.imul(word + 1, 0x9e3779b1) ^ mark;
  return (half >>> (8 * (3 - (offset % 4)))) & 0xff;
}

test('every part of every document has the octets that its offsets say', () => {
  const offset = fc.integer({ min: 0, max: 40_000_000 });
  fc.assert(
    fc.property(offset, fc.nat(300), fc.oneof(fc.constant(0), fc.nat()), (start, length, number) => {
      const part = documentPart(start, start + length, number);
      assert.equal(part.length, length);
      for (const [at, octet] of part.entries()) assert.equal(octet, octetAt(start + at, number));
    }),
  );
});

test('large parts, asked for again and again and between others, are the same', () => {
  const check = (start: number, end: number): void => {
    const part = documentPart(start, end);
    assert.equal(part.length, end - start);
    for (let at = 0; at < part.length; at += 977) assert.equal(part[at], octetAt(start + at, 0));
    assert.equal(part.at(-1), octetAt(end - 1, 0));
  };
  for (let round = 0; round < 3; round++) {
    check(0, 500_000);
    check(500_000, 1_000_000);
    check(0, 3_000_000);
    check(3, 5_000_001);
  }
});

test('a part that was sent is kept, the next ones push it out again: no more than 4 MiB together', () => {
  const first = documentPart(0, 500_000);
  assert.equal(documentPart(0, 500_000).buffer, first.buffer);
  for (let number = 1; number <= 8; number++) documentPart(number, number + 500_000);
  assert.notEqual(documentPart(0, 500_000).buffer, first.buffer);
  assert.deepEqual(documentPart(0, 500_000), first);
  // Neither what is larger than that nor another document stays.
  assert.notEqual(documentPart(0, 5_000_000).buffer, documentPart(0, 5_000_000).buffer);
  assert.notEqual(documentPart(0, 500_000, 1).buffer, documentPart(0, 500_000, 1).buffer);
});
