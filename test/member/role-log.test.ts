import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoleLog } from '../../nodes/support/role-log.ts';

/** What a log has after each of so many events of this kind, whose reasons are given. */
function written(kind: string, count: number, reasons: readonly string[] = ['one']): readonly string[] {
  const lines: string[] = [];
  const log = new RoleLog({ write: (event) => void lines.push(event) });
  for (const reason of reasons) for (let n = 0; n < count; n++) log.write({ kind, reason });
  return lines;
}

test('what a client or a member can cause without end is written so often and then only counted, each reason by itself', () => {
  for (const kind of [
    'connection-turned-away',
    'replica-discarded',
    'handoff-discarded',
    'binding-rejected',
  ]) {
    const lines = written(kind, 1000);
    assert.equal(lines.length, 101, kind);
    assert.equal(lines.filter((line) => line === 'further-ones-only-counted').length, 1);
    assert.equal(written(kind, 1000, ['one', 'other']).length, 202, kind);
  }
  assert.equal(written('binding-acknowledged', 1000).length, 1000);
});
