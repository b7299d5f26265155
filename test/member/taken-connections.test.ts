import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { SurvivalOptions } from '../../nodes/member/survival/survival-options.ts';
import { TakenConnections } from '../../nodes/member/survival/taken-connections.ts';

const client = ipv6('2001:db8:c::2');
const holder = ipv6('2001:db8:1::2');

/** What is done to the bindings of a client that is kept here no more. */
function afterwards(
  served: boolean,
  { lastSequence, isArriving = false }: { lastSequence?: number; isArriving?: boolean },
): readonly string[] {
  const done: string[] = [];
  const options = {
    isArriving: () => isArriving,
    connectionsOf: () => [],
    mobility: { lastSequence: () => lastSequence, forget: () => done.push('forget') },
  } as unknown as SurvivalOptions;
  const taken = new TakenConnections(options, () => assert.fail('nothing is told'));
  taken.act({ kind: 'of-replica', client, holder, output: { kind: 'over', served } });
  return done;
}

test('of a client that was kept and never bound here nothing stays', () => {
  assert.deepEqual(afterwards(false, {}), ['forget']);
  assert.deepEqual(afterwards(true, {}), []);
  assert.deepEqual(afterwards(false, { lastSequence: 7 }), []);
});

test('a backup that its client is handed off to keeps the tokens: the handoff has tested already', () => {
  assert.deepEqual(afterwards(false, { isArriving: true }), []);
});
