import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fateOf, holderAt } from '../../analysis/churn/holders.ts';
import type { Move } from '../../analysis/churn/told.ts';

const nameOf = new Map([
  ['2001:db8:1:1::2', 'node1'],
  ['2001:db8:1:2::2', 'node2'],
]);
const move = (t: number, node: string, event: Move['event'], acceptor?: string): Move => ({
  t: BigInt(t),
  node,
  event,
  client: '2001:db8:c:1::2',
  acceptor,
});
const moves = [
  move(10, 'node1', 'client-connected'),
  move(20, 'node2', 'init-received'),
  move(25, 'node2', 'socket-activated'),
  move(30, 'node1', 'handed-off', '2001:db8:1:2::2'),
  move(40, 'node2', 'handoff-settled'),
];

test('a crash breaks what the member holds, and nothing certain is said within a handoff', () => {
  const fate = (atNs: number, member: string) =>
    fateOf(holderAt(moves, BigInt(atNs), nameOf), { t: BigInt(atNs), member });
  assert.deepEqual(
    [5, 15, 22, 27, 35, 45].map((at) => [fate(at, 'node1'), fate(at, 'node2'), fate(at, 'node3')]),
    [
      ['untouched', 'untouched', 'untouched'],
      ['broken', 'untouched', 'untouched'],
      ['either', 'untouched', 'untouched'],
      ['either', 'either', 'untouched'],
      ['untouched', 'broken', 'untouched'],
      ['untouched', 'broken', 'untouched'],
    ],
  );
});

test('a handoff that came to nothing leaves the client with its donor', () => {
  const failed = [
    ...moves.slice(0, 2),
    move(22, 'node2', 'handoff-abandoned'),
    move(23, 'node1', 'handoff-failed'),
  ];
  assert.deepEqual(holderAt(failed, 22n, nameOf), { kind: 'member', node: 'node1' });
  assert.deepEqual(holderAt(failed, 50n, nameOf), { kind: 'member', node: 'node1' });
});
