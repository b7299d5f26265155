import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { memberConfig } from '../../nodes/member/member-config.ts';
import { LARGEST_SEND_BUFFER, LARGEST_STATES_OCTETS } from '../../server/channel/frame-limits.ts';

const example: object = JSON.parse(
  readFileSync(new URL('../../nodes/member/example.json', import.meta.url), 'utf8'),
);

test('a send buffer is no larger than a handoff can carry: the kernel queues twice as much', () => {
  assert.ok(2 * LARGEST_SEND_BUFFER <= LARGEST_STATES_OCTETS);
  const problems = (sendBuffer: unknown): string[] =>
    (memberConfig.safeParse({ ...example, sendBuffer }).error?.issues ?? [])
      .filter(({ path }) => path.join('.') === 'sendBuffer')
      .map(({ message }) => message);
  for (const good of [1, 84 * 1024, LARGEST_SEND_BUFFER]) assert.deepEqual(problems(good), []);
  for (const bad of [0, -1, 1.5, '84k', LARGEST_SEND_BUFFER + 1, 24 * 1024 * 1024])
    assert.equal(problems(bad).length, 1, String(bad));
  assert.match(problems(24 * 1024 * 1024)[0]!, new RegExp(`at most ${LARGEST_SEND_BUFFER} octets`));
});
