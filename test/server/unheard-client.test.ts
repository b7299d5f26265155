import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNHEARD_MS, UnheardClient } from '../../server/handoff/unheard-client.ts';

test('a second behind the first octet that is served it is too late for an answer to the donor’s, once', () => {
  const role = new UnheardClient();
  assert.equal(role.deadline(), undefined);
  role.handleTimeout(10_000);
  assert.equal(role.poll(), undefined, 'nobody is served');
  role.handle({ kind: 'served' }, 20_000);
  assert.equal(role.poll(), undefined);
  assert.equal(role.deadline(), 20_000 + UNHEARD_MS);
  role.handleTimeout(20_000 + UNHEARD_MS - 1);
  assert.equal(role.poll(), undefined, 'a timer that fires early');
  role.handleTimeout(20_000 + UNHEARD_MS);
  assert.deepEqual(role.poll(), { kind: 'too-late' });
  assert.equal(role.poll(), undefined);
  assert.equal(role.deadline(), undefined);
  // A round trip that comes just before is no longer than the timer was by itself.
  assert.equal(UNHEARD_MS, 1000);
});
