import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseTimes } from '../../analysis/churn/releases.ts';
import type { Binding, Told } from '../../analysis/churn/told.ts';

const nameOf = new Map([
  ['2001:db8:1::2', 'node1'],
  ['2001:db8:2::2', 'node2'],
  ['2001:db8:3::2', 'node3'],
]);
const careOf = (member: string): string => [...nameOf].find(([, name]) => name === member)![0];
const s = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));
const bound = (at: number, client: string, member: string): Binding => ({
  t: s(at),
  client,
  careOfAddress: careOf(member),
  by: careOf(member),
});
const freed = (at: number, client: string, by = 'node1'): Binding => ({
  t: s(at),
  client,
  careOfAddress: undefined,
  by: careOf(by),
});

/** node1 is the contact node, node2 crashes at 10 s; the last download ends at 40 s. */
function told(changes: Partial<Told>): Told {
  return {
    verdicts: [
      {
        client: 'client1',
        repetition: 0,
        port: 1,
        complete: true,
        intact: true,
        startedNs: s(0),
        endedNs: s(40),
      },
    ],
    moves: [],
    crashes: [{ t: s(10), member: 'node2', repetition: 0 }],
    returns: [],
    registrations: [{ t: s(0), careOfAddress: careOf('node1') }],
    bindings: [],
    ...changes,
  };
}

const times = (changes: Partial<Told>, repetition = 0): readonly number[] =>
  releaseTimes(told(changes), nameOf, repetition);

test('from the crash to the deletion, for each client that was bound to the member', () => {
  const bindings = [
    bound(5, 'client1', 'node2'),
    bound(5, 'client2', 'node3'),
    bound(6, 'client3', 'node2'),
    freed(15.25, 'client1'),
    freed(15.5, 'client3'),
  ];
  assert.deepEqual(times({ bindings }), [5.25, 5.5]);
  assert.deepEqual(times({ bindings }, 1), []);
});

test('a release after the end of all downloads counts as any other', () => {
  const bindings = [bound(5, 'client1', 'node2'), freed(41, 'client1')];
  assert.deepEqual(times({ bindings }), [31]);
});

test('a client that nobody releases counts until the end, or until the member is back', () => {
  const bindings = [bound(5, 'client1', 'node2')];
  assert.deepEqual(times({ bindings }), [30]);
  assert.deepEqual(times({ bindings, returns: [{ t: s(25), member: 'node2' }] }), [15]);
});

test('a member that is soon back, an acceptor, and a contact node that goes too are no matter of release', () => {
  const bindings = [bound(5, 'client1', 'node2')];
  assert.deepEqual(times({ bindings, returns: [{ t: s(13), member: 'node2' }] }), []);
  assert.deepEqual(times({ bindings: [...bindings, bound(10.5, 'client1', 'node3')] }), []);
  const own = freed(10.02, 'client1', 'node2');
  assert.deepEqual(times({ bindings: [...bindings, own] }), [], 'its own deletion was under way');
  const registrations = [
    { t: s(0), careOfAddress: careOf('node1') },
    { t: s(12), careOfAddress: careOf('node3') },
  ];
  assert.deepEqual(times({ bindings, registrations }), []);
  assert.deepEqual(times({ bindings, registrations: [{ t: s(0), careOfAddress: careOf('node2') }] }), []);
});
