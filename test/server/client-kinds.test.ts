import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv6 } from '../../mip6/wire/address.ts';
import { ClientKinds } from '../../server/plain/client-kinds.ts';
import { PlainClients } from '../../server/plain/plain-clients.ts';

const plan = { refusedMs: 3_600_000, silentMs: 60_000, capableMs: 600_000, capacity: 4 };
const client = (number: number) => ipv6(`2001:db8:c::${(number + 2).toString(16)}`);

test('a refusal is believed longer than silence, an answer outweighs both, and all of it expires', () => {
  const kinds = new ClientKinds(plan);
  assert.equal(kinds.kindOf(client(0), 0), 'unknown');
  assert.equal(kinds.refused(client(0), 'no-answer', 0), 'plain');
  assert.equal(kinds.kindOf(client(0), plan.silentMs - 1), 'plain');
  assert.equal(kinds.kindOf(client(0), plan.silentMs), 'unknown');
  kinds.refused(client(0), 'parameter-problem', 0);
  assert.equal(kinds.kindOf(client(0), plan.refusedMs - 1), 'plain');
  kinds.answered(client(0), 10);
  assert.equal(kinds.kindOf(client(0), 11), 'mobile-ipv6');
  assert.equal(kinds.refused(client(0), 'no-answer', 12), 'mobile-ipv6');
  assert.equal(kinds.refused(client(0), 'parameter-problem', 13), 'plain');
});

test('the cache forgets whom it heard of longest ago', () => {
  const kinds = new ClientKinds(plan);
  for (const number of [0, 1, 2, 3]) kinds.answered(client(number), number);
  kinds.answered(client(0), 4);
  kinds.answered(client(4), 5);
  assert.equal(kinds.size, 4);
  assert.equal(kinds.kindOf(client(1), 6), 'unknown');
  assert.equal(kinds.kindOf(client(0), 6), 'mobile-ipv6');
});

test('the limit holds for new clients only, and every end makes room', () => {
  const served = new PlainClients(1);
  const flow = (number: number, clientPort: number) => ({
    client: client(number),
    clientPort,
    servicePort: 80,
  });
  assert.equal(served.admit(flow(0, 1000)).kind, 'admitted');
  assert.equal(served.admit(flow(0, 1001)).kind, 'admitted');
  assert.deepEqual(served.admit(flow(1, 1000)), {
    kind: 'refused',
    reason: '1 clients without Mobile IPv6 are served already',
  });
  served.ended(flow(0, 1000));
  assert.equal(served.admit(flow(1, 1000)).kind, 'refused');
  served.ended(flow(0, 1001));
  assert.equal(served.admit(flow(1, 1000)).kind, 'admitted');
  assert.deepEqual([served.count, served.refused], [1, 2]);
});

test('never more clients than the limit, and a client counts exactly while it has connections', () => {
  const step = fc.record({ open: fc.boolean(), client: fc.nat({ max: 5 }), clientPort: fc.nat({ max: 2 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 4 }), (steps, limit) => {
      const served = new PlainClients(limit);
      const open = new Set<string>();
      for (const { open: opens, client: number, clientPort } of steps) {
        const flow = { client: client(number), clientPort, servicePort: 80 };
        const key = `${number} ${clientPort}`;
        const known = [...open].some((other) => other.startsWith(`${number} `));
        const clients = new Set([...open].map((other) => other.split(' ')[0]));
        if (!opens) {
          served.ended(flow);
          open.delete(key);
        } else {
          const admitted = served.admit(flow).kind === 'admitted';
          assert.equal(admitted, known || clients.size < limit);
          if (admitted) open.add(key);
        }
        assert.equal(served.count, new Set([...open].map((other) => other.split(' ')[0])).size);
      }
    }),
  );
});
