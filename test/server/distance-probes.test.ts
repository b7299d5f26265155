import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { DistanceProbes } from '../../server/membership/distance-probes.ts';

const [client, other, one, two] = ['2001:db8:c::2', '2001:db8:c::3', '2001:db8:1::2', '2001:db8:2::2'].map(
  ipv6,
) as [ReturnType<typeof ipv6>, ReturnType<typeof ipv6>, ReturnType<typeof ipv6>, ReturnType<typeof ipv6>];
const patienceMs = 300;

function asked() {
  const role = new DistanceProbes(patienceMs);
  role.handle({ kind: 'asked', client, members: [one, two] }, 1000);
  return role;
}

test('a client’s distances are told as soon as all have answered: half of each round trip', () => {
  const role = asked();
  role.handle({ kind: 'answered', client, by: two, roundTripMs: 40 }, 1010);
  assert.equal(role.poll(), undefined);
  role.handle({ kind: 'answered', client, by: one, roundTripMs: undefined }, 1020);
  assert.deepEqual(role.poll(), { kind: 'measured', client, latenciesMs: new Map([[two, 20]]) });
  assert.equal(role.poll(), undefined);
  assert.equal(role.deadline(), undefined);
});

test('who has not answered in time is left out, and each question has its own time', () => {
  const role = asked();
  role.handle({ kind: 'asked', client: other, members: [one] }, 1100);
  // Asked already: neither the time nor those who are asked change.
  role.handle({ kind: 'asked', client, members: [one] }, 1200);
  role.handle({ kind: 'answered', client, by: one, roundTripMs: 60 }, 1210);
  role.handle({ kind: 'answered', client, by: one, roundTripMs: 2 }, 1220);
  assert.equal(role.deadline(), 1000 + patienceMs);
  role.handleTimeout(1000 + patienceMs - 1);
  assert.equal(role.poll(), undefined);
  role.handleTimeout(1000 + patienceMs);
  assert.deepEqual(role.poll(), { kind: 'measured', client, latenciesMs: new Map([[one, 30]]) });
  assert.equal(role.deadline(), 1100 + patienceMs);
});

test('an answer of nobody who was asked, or about a client of whom nobody was, is none', () => {
  const role = asked();
  role.handle({ kind: 'answered', client: other, by: one, roundTripMs: 2 }, 1010);
  role.handle({ kind: 'answered', client, by: client, roundTripMs: 2 }, 1010);
  role.handleTimeout(1000 + patienceMs);
  assert.deepEqual(role.poll(), { kind: 'measured', client, latenciesMs: new Map() });
});

test('where nobody is to be asked that is told at once', () => {
  const role = new DistanceProbes(patienceMs);
  role.handle({ kind: 'asked', client, members: [] }, 0);
  assert.deepEqual(role.poll(), { kind: 'measured', client, latenciesMs: new Map() });
  assert.equal(role.deadline(), undefined);
});
