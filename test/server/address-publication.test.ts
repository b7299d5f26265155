import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { AddressPublication, type PublicationOutput } from '../../server/publication/address-publication.ts';

const plan = { ttlS: 60, marginMs: 500, retryMs: 1000 };
const address = (number: number) => ipv6(`2001:db8:1:${number}::100`);

function outputs(role: AddressPublication): PublicationOutput[] {
  const all: PublicationOutput[] = [];
  for (let output = role.poll(); output !== undefined; output = role.poll()) all.push(output);
  return all;
}

function published(...numbers: readonly number[]): AddressPublication {
  const role = new AddressPublication(plan, { serial: 0, addresses: [] });
  for (const number of numbers) role.handle({ kind: 'publish', address: address(number) }, 0);
  role.handle({ kind: 'serves', serial: numbers.length }, 0);
  outputs(role);
  return role;
}

test('an address ends its lifetime after the name server has stopped serving it, not before', () => {
  const role = published(1, 2);
  role.handle({ kind: 'withdraw', address: address(1) }, 10_000);
  assert.deepEqual(outputs(role), [{ kind: 'update', serial: 3, addresses: [address(2)] }]);
  role.handleTimeout(10_999);
  assert.deepEqual(outputs(role), []);
  role.handleTimeout(11_000);
  assert.equal(outputs(role)[0]?.kind, 'update');
  role.handle({ kind: 'serves', serial: 3 }, 11_500);
  assert.deepEqual(outputs(role), [{ kind: 'withdrawn', address: address(1), until: 72_000 }]);
  assert.equal(role.deadline(), 72_000);
  role.handleTimeout(71_999);
  assert.deepEqual(outputs(role), []);
  role.handleTimeout(72_000);
  assert.deepEqual(outputs(role), [{ kind: 'expired', address: address(1) }]);
  assert.equal(role.deadline(), undefined);
});

test('each address is told as published once the name server has confirmed it, and again to who asks again', () => {
  const role = new AddressPublication(plan, { serial: 7, addresses: [address(3)] });
  role.handle({ kind: 'publish', address: address(1) }, 0);
  role.handle({ kind: 'publish', address: address(2) }, 0);
  assert.deepEqual(
    outputs(role).map(({ kind }) => kind),
    ['update', 'update'],
  );
  role.handle({ kind: 'serves', serial: 8 }, 10);
  role.handle({ kind: 'publish', address: address(2) }, 20);
  assert.deepEqual(outputs(role), [{ kind: 'published', address: address(1) }]);
  role.handle({ kind: 'serves', serial: 9 }, 30);
  role.handle({ kind: 'publish', address: address(3) }, 40);
  assert.deepEqual(outputs(role), [
    { kind: 'published', address: address(2) },
    { kind: 'published', address: address(3) },
  ]);
  assert.deepEqual(role.published, [address(1), address(2), address(3)]);
});

test('an address that a restarted agent does not know waits for its records’ whole lifetime', () => {
  const role = new AddressPublication(plan, { serial: 7, addresses: [address(2)] });
  role.handle({ kind: 'withdraw', address: address(1) }, 1000);
  assert.deepEqual(outputs(role), [{ kind: 'withdrawn', address: address(1), until: 61_500 }]);
  role.handle({ kind: 'withdraw', address: address(1) }, 2000);
  assert.deepEqual(outputs(role), [{ kind: 'withdrawn', address: address(1), until: 61_500 }]);
  role.handleTimeout(61_500);
  assert.deepEqual(outputs(role), [{ kind: 'expired', address: address(1) }]);
});

test('one that comes back is published again and does not expire', () => {
  const role = published(1, 2);
  role.handle({ kind: 'withdraw', address: address(1) }, 0);
  role.handle({ kind: 'serves', serial: 3 }, 0);
  role.handle({ kind: 'publish', address: address(1) }, 30_000);
  role.handle({ kind: 'serves', serial: 4 }, 30_100);
  role.handleTimeout(1e6);
  assert.ok(!outputs(role).some(({ kind }) => kind === 'expired'));
  assert.deepEqual(role.published, [address(1), address(2)]);
});

test('the last address stays', () => {
  const role = published(1);
  role.handle({ kind: 'withdraw', address: address(1) }, 0);
  assert.deepEqual(outputs(role), [{ kind: 'kept', address: address(1) }]);
  assert.throws(
    () => new AddressPublication({ ...plan, ttlS: 0 }, { serial: 0, addresses: [] }),
    ProtocolError,
  );
});

test('with a name server that answers late, or not at all for a time, no resolver ever holds an ended address', () => {
  const event = fc.record({
    waitMs: fc.integer({ min: 0, max: 40_000 }),
    what: fc.constantFrom('publish' as const, 'withdraw' as const, 'applies' as const, 'confirms' as const),
    number: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const role = new AddressPublication(plan, { serial: 0, addresses: [] });
      let now = 0;
      let asked = { serial: 0, addresses: [] as readonly Ipv6Address[] };
      let zone = asked;
      // When an address was last given out by the name server.
      const given = new Map<Ipv6Address, number>();
      const serve = (): void => {
        for (const served of zone.addresses) given.set(served, now);
      };
      const act = (): void => {
        for (const output of outputs(role)) {
          if (output.kind === 'update') asked = output;
          if (output.kind !== 'expired') continue;
          const last = given.get(output.address);
          assert.ok(last === undefined || now - last >= plan.ttlS * 1000, `given out ${now - last!} ms ago`);
          assert.ok(!zone.addresses.includes(output.address));
        }
      };
      const pass = (until: number): void => {
        for (let due = role.deadline(); due !== undefined && due <= until; due = role.deadline()) {
          now = Math.max(now, due);
          serve();
          role.handleTimeout(now);
          act();
        }
        now = until;
        serve();
      };
      for (const { waitMs, what, number } of events) {
        pass(now + waitMs);
        if (what === 'applies') zone = asked;
        else if (what === 'confirms') role.handle({ kind: 'serves', serial: zone.serial }, now);
        else role.handle({ kind: what, address: address(number) }, now);
        act();
        serve();
      }
      zone = asked;
      role.handle({ kind: 'serves', serial: zone.serial }, now);
      act();
      pass(now + 200_000);
      assert.deepEqual([...zone.addresses], [...role.published]);
      assert.equal(role.deadline(), undefined);
    }),
    { numRuns: 1000, seed: 2 },
  );
});
