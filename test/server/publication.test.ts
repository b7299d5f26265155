import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Role } from '../../mip6/roles/shared/role.ts';
import { ipv6, ipv6FromBytes, ipv6Prefix, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { LAST_EPOCH } from '../../server/contact/epochs.ts';
import { ContactPublication } from '../../server/publication/contact-publication.ts';
import { isZoneFrame, type ZoneFrame } from '../../server/publication/zone-frames.ts';
import { publishableZone, type ZoneOutput, ZoneService } from '../../server/publication/zone-service.ts';
import { zoneFromText, zoneText } from '../../server/publication/zone-text.ts';
import { readBody, writtenBody } from '../support/frame-body.ts';

const [A, B] = [ipv6('2001:db8:1:1::100'), ipv6('2001:db8:1:2::101')];
const [node1, node2, node3] = [1, 2, 3].map((number) => ipv6(`2001:db8:1:${number}::2`)) as [
  never,
  never,
  never,
];
const publishable = [ipv6Prefix(`${A}/128`), ipv6Prefix('2001:db8:1:2::/64')];
const plan = { ttlS: 30, marginMs: 500, retryMs: 1000, trusted: [node1, node2], publishable };

const anyAddress = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(ipv6FromBytes);
const u32 = fc.nat({ max: 0xffffffff });
const frames: fc.Arbitrary<ZoneFrame> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('zone-publish' as const, 'zone-withdraw' as const, 'contact-retired' as const),
    contactAddress: anyAddress,
    epoch: u32,
  }),
  fc.record({
    kind: fc.constant('zone-state' as const),
    contactAddress: anyAddress,
    epoch: u32,
    outcome: fc.constantFrom('published', 'withdrawn', 'expired', 'kept', 'refused'),
    serial: u32,
    remainingMs: u32,
  }),
);

test('frames of the zone come back as they were, and cut short or longer they are refused', () => {
  fc.assert(
    fc.property(frames, fc.nat(), (frame, cut) => {
      assert.ok(isZoneFrame(frame));
      const { type, body } = writtenBody(frame);
      assert.deepEqual(readBody(type, body), { ...frame });
      assert.throws(() => readBody(type, body.subarray(0, cut % body.length)), ProtocolError);
      assert.throws(() => readBody(type, Buffer.concat([body, Buffer.of(0)])), ProtocolError);
    }),
  );
  const state = Buffer.alloc(29);
  state[20] = 5;
  assert.throws(() => readBody(66, state), ProtocolError);
});

test('a zone file comes back as it was; half a one and others are refused', () => {
  const names = { zone: 'server.example', name: 'www', nameServer: ipv6('2001:db8:d::2'), ttlS: 30 };
  for (const addresses of [[], [A], [A, B]]) {
    const text = zoneText(names, { serial: 4294967295, addresses });
    assert.deepEqual(zoneFromText(names, text), { serial: 4294967295, addresses });
  }
  const text = zoneText(names, { serial: 3, addresses: [A] });
  assert.match(text, /^@ SOA ns hostmaster 3 3600 600 86400 30$/m);
  for (const other of ['', text.slice(0, -1), text.replace(' SOA ', ' TXT ')])
    assert.throws(() => zoneFromText(names, other), ProtocolError);
});

function drained<Output>(role: Role<never, Output>): Output[] {
  const all: Output[] = [];
  for (let output = role.poll(); output !== undefined; output = role.poll()) all.push(output);
  return all;
}

function say(service: ZoneService, from: typeof node1, frame: ZoneFrame, now = 0): ZoneOutput[] {
  service.handle({ kind: 'frame', from, frame }, now);
  return drained(service);
}

test('each contact node speaks for its own address; who is not trusted is refused and changes nothing', () => {
  const service = new ZoneService(plan, { serial: 1, addresses: [] });
  const publish = { kind: 'zone-publish', contactAddress: A, epoch: 0 } as const;
  const outputs = say(service, node3, publish);
  assert.deepEqual(outputs[0], { kind: 'refused', from: node3, contactAddress: A, reason: 'untrusted' });
  assert.equal(
    outputs[1]?.kind === 'send' && outputs[1].frame.kind === 'zone-state' && outputs[1].frame.outcome,
    'refused',
  );
  assert.equal(outputs.length, 2);
  assert.deepEqual(say(service, node1, publish), [{ kind: 'update', serial: 2, addresses: [A] }]);
  service.handle({ kind: 'serves', serial: 2 }, 5);
  const state = {
    kind: 'zone-state',
    contactAddress: A,
    epoch: 0,
    outcome: 'published',
    serial: 2,
    remainingMs: 0,
  } as const;
  assert.deepEqual(drained(service), [{ kind: 'send', to: node1, frame: state }]);
  // A successor finds the record there: nothing changes, and it is told so.
  assert.deepEqual(say(service, node2, { ...publish, epoch: 7 }), [
    { kind: 'send', to: node2, frame: { ...state, epoch: 7 } },
  ]);
});

test('the zone has so many addresses and no more, and terms beyond the last are nobody’s', () => {
  const service = new ZoneService(plan, { serial: 1, addresses: [] });
  const reasonOf = ([first]: readonly ZoneOutput[]) => first?.kind === 'refused' && first.reason;
  const publish = (number: number, epoch = 0): ZoneFrame => ({
    ...{ kind: 'zone-publish', epoch },
    contactAddress: ipv6FromBytes(
      Uint8Array.from(ipv6ToBytes(B), (octet, at) => (at === 14 ? number >> 8 : at === 15 ? number : octet)),
    ),
  });
  assert.equal(reasonOf(say(service, node1, publish(1, LAST_EPOCH + 1))), 'no-epoch');
  for (let number = 1; number <= 256; number++)
    assert.notEqual(reasonOf(say(service, node1, publish(number))), 'too-many', `address ${number}`);
  assert.equal(reasonOf(say(service, node1, publish(257))), 'too-many');
  assert.notEqual(reasonOf(say(service, node1, publish(7, 1))), 'too-many', 'one that is there');
});

test('a trusted member publishes and withdraws addresses of the server only, whatever it says', () => {
  const service = new ZoneService(plan, { serial: 1, addresses: [] });
  const beside = ipv6('2001:db8:1:1::101');
  for (const kind of ['zone-publish', 'zone-withdraw'] as const) {
    const outputs = say(service, node1, { kind, contactAddress: beside, epoch: 0 });
    const refused = { kind: 'refused', from: node1, contactAddress: beside, reason: 'not-publishable' };
    assert.deepEqual(outputs[0], refused);
    assert.equal(outputs.length, 2);
  }
  assert.deepEqual(say(service, node1, { kind: 'zone-publish', contactAddress: B, epoch: 0 }), [
    { kind: 'update', serial: 2, addresses: [B] },
  ]);
  const zone = { serial: 8, addresses: [A, beside, B] };
  assert.deepEqual(publishableZone(zone, publishable), { serial: 9, addresses: [A, B] });
  const good = { serial: 8, addresses: [A, B] };
  assert.equal(publishableZone(good, publishable), good);
});

test('a contact node that was cut off cannot withdraw what its successor serves', () => {
  const service = new ZoneService(plan, { serial: 4, addresses: [A, B] });
  say(service, node2, { kind: 'zone-publish', contactAddress: A, epoch: 7 });
  const outputs = say(service, node1, { kind: 'zone-withdraw', contactAddress: A, epoch: 6 });
  assert.deepEqual(outputs[0], { kind: 'refused', from: node1, contactAddress: A, reason: 'earlier-epoch' });
  assert.ok(!outputs.some(({ kind }) => kind === 'update'));
});

test('a withdrawn address has the rest of its records’ lifetime told, and its end', () => {
  const service = new ZoneService(plan, { serial: 4, addresses: [A, B] });
  const withdraw = { kind: 'zone-withdraw', contactAddress: A, epoch: 6 } as const;
  assert.deepEqual(say(service, node1, withdraw), [{ kind: 'update', serial: 5, addresses: [B] }]);
  service.handle({ kind: 'serves', serial: 5 }, 100);
  const told = (outcome: string, remainingMs: number) => [
    {
      kind: 'send',
      to: node1,
      frame: { kind: 'zone-state', contactAddress: A, epoch: 6, outcome, serial: 5, remainingMs },
    },
  ];
  assert.deepEqual(drained(service), told('withdrawn', 30_500));
  assert.deepEqual(say(service, node1, withdraw, 10_100), told('withdrawn', 20_500));
  service.handleTimeout(30_600);
  assert.deepEqual(drained(service), told('expired', 0));
  const last = say(service, node2, { ...withdraw, contactAddress: B, epoch: 0 }, 40_000);
  assert.equal(
    last[0]?.kind === 'send' && last[0].frame.kind === 'zone-state' && last[0].frame.outcome,
    'kept',
  );
});

const state = { kind: 'zone-state', contactAddress: A, epoch: 3, serial: 9, remainingMs: 0 } as const;

function serving(): ContactPublication {
  const role = new ContactPublication({ contactAddress: A, withdrawMs: 4000 });
  role.handle({ kind: 'serving', epoch: 3 }, 0);
  role.handle({ kind: 'serving', epoch: 3 }, 1);
  assert.deepEqual(drained(role), [
    { kind: 'send', frame: { kind: 'zone-publish', contactAddress: A, epoch: 3 } },
  ]);
  return role;
}

test('a contact node keeps its address until the records are over, with the name server gone meanwhile too', () => {
  const role = serving();
  role.handle({ kind: 'frame', frame: { ...state, outcome: 'published' } }, 10);
  assert.deepEqual(drained(role), [{ kind: 'published', serial: 9 }]);
  role.handle({ kind: 'retire' }, 1000);
  const wish = { kind: 'send', frame: { kind: 'zone-withdraw', contactAddress: A, epoch: 3 } };
  role.handle({ kind: 'connected' }, 1500);
  assert.deepEqual(drained(role), [wish, wish]);
  // What was said before the wish arrived.
  role.handle({ kind: 'frame', frame: { ...state, outcome: 'published' } }, 1600);
  role.handle({ kind: 'frame', frame: { ...state, epoch: 2, outcome: 'expired' } }, 1650);
  role.handle({ kind: 'frame', frame: { ...state, outcome: 'withdrawn', remainingMs: 30_500 } }, 1700);
  assert.deepEqual(drained(role), [{ kind: 'withdrawn', serial: 9, remainingMs: 30_500 }]);
  role.handle({ kind: 'connected' }, 2000);
  assert.equal(role.deadline(), 32_200);
  role.handleTimeout(32_199);
  assert.deepEqual(drained(role), []);
  role.handleTimeout(32_200);
  assert.deepEqual(drained(role), [{ kind: 'retired', outcome: 'expired' }]);
});

test('a withdrawal that is refused or not confirmed in time leaves the address in use', () => {
  for (const outcome of ['kept', 'refused'] as const) {
    const role = serving();
    role.handle({ kind: 'retire' }, 0);
    role.handle({ kind: 'frame', frame: { ...state, outcome } }, 10);
    assert.deepEqual(drained(role).at(-1), { kind: 'retired', outcome });
  }
  const role = serving();
  role.handle({ kind: 'retire' }, 0);
  role.handleTimeout(role.deadline()!);
  assert.deepEqual(drained(role).at(-1), { kind: 'retired', outcome: 'unconfirmed' });
  role.handle({ kind: 'retire' }, 0);
  assert.deepEqual(drained(role), [{ kind: 'retired', outcome: 'not-serving' }]);
  // Another member has taken over, which speaks for the address now.
  const replaced = serving();
  replaced.handle({ kind: 'retire' }, 0);
  replaced.handle({ kind: 'released' }, 10);
  assert.deepEqual(drained(replaced).at(-1), { kind: 'retired', outcome: 'not-serving' });
});
