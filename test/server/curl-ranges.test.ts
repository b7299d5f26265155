import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curlArguments, equalRanges, refusedRanges } from '../../applications/curl-ranges.ts';

const options = {
  port: 80,
  document: '/d',
  timeoutMs: 5000,
  fileOf: (index: number) => `/tmp/${index}`,
};

test('a document is cut into ranges that leave out and double nothing', () => {
  for (const [bytes, count] of [
    [10, 3],
    [4_000_000, 4],
    [7, 7],
  ] as const) {
    const servers = Array.from({ length: count }, (_, index) => `s${index}`);
    const ranges = equalRanges(servers, bytes);
    assert.deepEqual(
      ranges.map(({ server }) => server),
      servers,
    );
    let next = 0;
    for (const { first, last } of ranges) {
      assert.equal(first, next);
      assert.ok(Math.abs(last - first + 1 - bytes / count) <= 1);
      next = last + 1;
    }
    assert.equal(next, bytes);
  }
});

test('curl is asked for all ranges at once, each from its server into its file', () => {
  const words = curlArguments(equalRanges(['2001:db8::1', '2001:db8::2'], 9), options);
  assert.deepEqual(words.slice(0, 4), ['--parallel', '--parallel-immediate', '--parallel-max', '2']);
  assert.equal(words.filter((word) => word === '--next').length, 1);
  const behind = (option: string) => words.flatMap((word, at) => (word === option ? [words[at + 1]] : []));
  assert.deepEqual(behind('--range'), ['0-4', '5-8']);
  assert.deepEqual(behind('--output'), ['/tmp/0', '/tmp/1']);
  assert.deepEqual(
    words.filter((word) => word.startsWith('http:')),
    ['http://[2001:db8::1]:80/d', 'http://[2001:db8::2]:80/d'],
  );
});

test('a range that is whole, missing, short or not partial', () => {
  const ranges = equalRanges(['2001:db8::1', '2001:db8::2'], 9);
  const good = ['206 4 http://[2001:db8::2]:80/d', '206 5 http://[2001:db8::1]:80/d', ''];
  assert.equal(refusedRanges(good.join('\n'), ranges, options), '');
  const missing = 'no range of 5 octets from 2001:db8::1';
  assert.equal(refusedRanges(good.slice(0, 1).join('\n'), ranges, options), missing);
  assert.equal(
    refusedRanges(good.with(1, '206 4 http://[2001:db8::1]:80/d').join('\n'), ranges, options),
    missing,
  );
  assert.equal(
    refusedRanges(good.with(1, '200 5 http://[2001:db8::1]:80/d').join('\n'), ranges, options),
    missing,
  );
});
