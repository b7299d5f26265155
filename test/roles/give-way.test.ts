import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT } from '../support/mip6-addresses.ts';
import { mip6Lab } from '../support/mip6-lab.ts';

const START = { kind: 'start-return-routability', correspondent: CORRESPONDENT } as const;
const BIND = { kind: 'bind', correspondent: CORRESPONDENT, lifetimeSeconds: 420, acknowledge: true } as const;

/** A mobile node that has bound under `first`, was forgotten and starts anew, as another member with the same home address. */
function secondMember(first: number): ReturnType<typeof mip6Lab> {
  const lab = mip6Lab();
  lab.tell({ ...START, careOfAddress: CARE_OF_1 });
  lab.tell({ ...BIND, sequence: first });
  lab.network.advance(1000);
  lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
  lab.tell({ ...START, careOfAddress: CARE_OF_2 });
  return lab;
}

test('status 135 with a number beyond all of ours ends an update that gives way, without another attempt', () => {
  const lab = secondMember(2000);
  lab.tell({ ...BIND, sequence: 1001, giveWay: true });
  lab.network.advance(10_000);
  const rejected = lab
    .events('binding-rejected')
    .map(({ status, sequence, retrying }) => [status, sequence, retrying]);
  assert.deepEqual(rejected, [[135, 2000, false]]);
  assert.equal(lab.events('binding-acknowledged').length, 1, 'the second member has bound all the same');
});

test('an update that gives way is accepted like any other when it is the newest', () => {
  const lab = secondMember(2000);
  lab.tell({ ...BIND, sequence: 2001, giveWay: true });
  lab.network.advance(10_000);
  assert.deepEqual(
    lab.events('binding-acknowledged').map(({ sequence, careOfAddress }) => [sequence, careOfAddress]),
    [
      [2000, CARE_OF_1],
      [2001, CARE_OF_2],
    ],
  );
});
