import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { LATEST_MS, LateConnections, type LateInput } from '../../server/plain/late-connections.ts';

const one = ipv6('2001:db8:c::1');
const two = ipv6('2001:db8:c::2');

function member() {
  const role = new LateConnections();
  const does = (now: number, input?: LateInput): readonly string[] => {
    if (input === undefined) role.handleTimeout(now);
    else role.handle(input, now);
    const outputs: string[] = [];
    for (let out = role.poll(); out !== undefined; out = role.poll()) outputs.push(out.clients.join(' '));
    return outputs;
  };
  return { role, does };
}

test('a client that has left is kept off for as long as a packet may be late, the last one first', () => {
  const { role, does } = member();
  assert.deepEqual(does(0, { kind: 'left', client: one }), [one]);
  assert.deepEqual(does(100, { kind: 'left', client: two }), [`${two} ${one}`]);
  assert.equal(role.deadline(), LATEST_MS);
  assert.deepEqual(does(LATEST_MS - 1), []);
  assert.deepEqual(does(LATEST_MS), [two]);
  assert.deepEqual(does(LATEST_MS + 100), ['']);
  assert.equal(role.deadline(), undefined);
});

test('one that leaves again is kept off anew', () => {
  const { role, does } = member();
  does(0, { kind: 'left', client: one });
  does(50, { kind: 'left', client: two });
  assert.deepEqual(does(100, { kind: 'left', client: one }), [`${one} ${two}`]);
  assert.equal(role.deadline(), LATEST_MS + 50);
});

test('one that comes again is not, nor is anybody by a contact node', () => {
  const { does } = member();
  does(0, { kind: 'left', client: one });
  does(1, { kind: 'left', client: two });
  assert.deepEqual(does(2, { kind: 'came', client: one }), [two]);
  assert.deepEqual(does(3, { kind: 'came', client: one }), []);
  assert.deepEqual(does(4, { kind: 'in-office' }), ['']);
  assert.deepEqual(does(5, { kind: 'in-office' }), []);
  assert.deepEqual(does(LATEST_MS), []);
});
