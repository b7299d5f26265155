import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deregistration } from '../../server/contact/deregistration.ts';
import { Founding } from '../../server/contact/founding.ts';
import { NumberLooks } from '../../server/contact/number-looks.ts';

test('a contact address is created at once, or by who comes back only when the others have had their time', () => {
  const plan = { timing: { suspectMs: 1500 }, callMs: 5000 };
  const first = new Founding(plan);
  first.handle('begin', 0);
  assert.deepEqual([first.poll(), first.poll(), first.deadline()], ['found', undefined, undefined]);
  const returning = new Founding({ ...plan, lastEpoch: 0 });
  returning.handle('begin', 100);
  assert.equal(returning.deadline(), 6600);
  returning.handleTimeout(6599);
  assert.equal(returning.poll(), undefined);
  returning.handleTimeout(6600);
  assert.deepEqual([returning.poll(), returning.deadline()], ['found', undefined]);
  const ended = new Founding({ ...plan, lastEpoch: 0 });
  ended.handle('begin', 0);
  ended.handle('end', 10);
  ended.handleTimeout(10_000);
  assert.deepEqual([ended.poll(), ended.deadline()], [undefined, undefined]);
});

test('a contact node looks at its counters at even intervals while it has its associations', () => {
  const looks = new NumberLooks({ heartbeatMs: 100 });
  assert.equal(looks.deadline(), undefined);
  looks.handle('begin', 50);
  for (const at of [1050, 2050]) {
    assert.equal(looks.deadline(), at);
    looks.handleTimeout(at - 1);
    assert.equal(looks.poll(), undefined);
    looks.handleTimeout(at);
    assert.equal(looks.poll(), 'look');
  }
  looks.handleTimeout(5300);
  assert.deepEqual([looks.poll(), looks.poll(), looks.deadline()], ['look', undefined, 6050]);
  looks.handle('end', 5400);
  assert.equal(looks.deadline(), undefined);
});

test('a home agent is waited for until it agrees, or for some retransmissions, and that once', () => {
  const answered = new Deregistration();
  answered.handle('answered', 0);
  assert.equal(answered.poll(), undefined, 'nobody has asked');
  answered.handle('begin', 0);
  answered.handle('answered', 40);
  assert.deepEqual([answered.poll(), answered.poll(), answered.deadline()], ['over', undefined, undefined]);
  const silent = new Deregistration();
  silent.handle('begin', 0);
  silent.handleTimeout(4999);
  assert.equal(silent.poll(), undefined);
  silent.handleTimeout(5000);
  silent.handle('answered', 5001);
  assert.deepEqual([silent.poll(), silent.poll()], ['over', undefined]);
});
