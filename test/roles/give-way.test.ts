import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOvertaken, type Numbering, ofRenewal } from '../../mip6/roles/mobile-node/numbering.ts';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT, HOME_ADDRESS } from '../support/mip6-addresses.ts';
import { mip6Lab } from '../support/mip6-lab.ts';

const START = { kind: 'start-return-routability', correspondent: CORRESPONDENT } as const;
/** How two nodes with one home address may ask for the same number. */
const contests: readonly ((number: number) => Numbering)[] = [
  (first) => ({ kind: 'contested', first }),
  (number) => ({ kind: 'fixed', number }),
];
const BIND = { kind: 'bind', correspondent: CORRESPONDENT, lifetimeSeconds: 420, acknowledge: true } as const;

/** A mobile node that has bound under `first`, was forgotten and starts anew, as another member with the same home address. */
function secondMember(first: number): ReturnType<typeof mip6Lab> {
  const lab = mip6Lab();
  lab.tell({ ...START, careOfAddress: CARE_OF_1 });
  lab.tell({ ...BIND, numbering: { kind: 'own', first: first } });
  lab.network.advance(1000);
  lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
  lab.tell({ ...START, careOfAddress: CARE_OF_2 });
  return lab;
}

test('status 135 with a number beyond all of ours ends an update that gives way, without another attempt', () => {
  const lab = secondMember(2000);
  lab.tell({ ...BIND, numbering: { kind: 'yielding', first: 1001 } });
  lab.network.advance(10_000);
  const rejected = lab
    .events('binding-rejected')
    .map(({ status, sequence, retrying }) => [status, sequence, retrying]);
  assert.deepEqual(rejected, [[135, 2000, false]]);
  assert.equal(lab.events('binding-acknowledged').length, 1, 'the second member has bound all the same');
});

test('an update that gives way is accepted like any other when it is the newest', () => {
  const lab = secondMember(2000);
  lab.tell({ ...BIND, numbering: { kind: 'yielding', first: 2001 } });
  lab.network.advance(10_000);
  assert.deepEqual(
    lab.events('binding-acknowledged').map(({ sequence, careOfAddress }) => [sequence, careOfAddress]),
    [
      [2000, CARE_OF_1],
      [2001, CARE_OF_2],
    ],
  );
});

test('of two members that contest a number the first has the binding, and the other ends without another attempt', () => {
  for (const numbering of contests) {
    const lab = secondMember(2000);
    lab.tell({ ...BIND, numbering: numbering(2000) });
    lab.network.advance(10_000);
    assert.deepEqual(
      lab.events('binding-rejected').map(({ status, sequence, retrying }) => [status, sequence, retrying]),
      [[135, 2000, false]],
    );
    assert.deepEqual(boundTo(lab), [[CARE_OF_1, 2000]]);
    const free = secondMember(1999);
    free.tell({ ...BIND, numbering: numbering(2000) });
    free.network.advance(10_000);
    assert.deepEqual(boundTo(free), [[CARE_OF_2, 2000]]);
  }
});

test('a binding that was made under a contested number is renewed under greater ones, in time and when it is asked for', () => {
  for (const numbering of contests) {
    const lab = secondMember(1999);
    lab.tell({ ...BIND, numbering: numbering(2000), refresh: true });
    lab.network.advance(900_000);
    const numbers = lab.events('binding-acknowledged').map(({ sequence }) => sequence);
    assert.deepEqual(numbers, [1999, 2000, 2001, 2002], numbering(2000).kind);
    assert.deepEqual(lab.events('binding-rejected'), []);
  }
});

test('who insists on a contested number asks under no other, however long the answer is missing', () => {
  const lab = secondMember(1999);
  lab.network.advance(1000);
  lab.network.path = { delayMs: 20, loss: 1 };
  lab.tell({ ...BIND, numbering: { kind: 'fixed', number: 2000 } });
  lab.network.advance(600_000);
  assert.equal(lab.events('gave-up').length, 1);
  lab.network.path = { delayMs: 20 };
  lab.tell({ ...START, careOfAddress: CARE_OF_2 });
  lab.tell({ ...BIND, numbering: { kind: 'fixed', number: 2000 } });
  lab.network.advance(1000);
  assert.deepEqual(boundTo(lab), [[CARE_OF_2, 2000]]);
});

test('a suspended binding is not renewed, and is again once it is resumed', () => {
  const renewals = (suspended: boolean): number => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell({ ...BIND, refresh: true });
    lab.network.advance(1000);
    if (suspended) lab.tell({ kind: 'suspend', correspondent: CORRESPONDENT });
    lab.network.advance(400_000);
    const count = lab.events('binding-acknowledged').length - 1;
    lab.tell({ kind: 'resume', correspondent: CORRESPONDENT });
    lab.network.advance(10_000);
    assert.equal(lab.events('binding-acknowledged').length, 2, 'not renewed, or twice');
    return count;
  };
  assert.equal(renewals(false), 1);
  assert.equal(renewals(true), 0);
});

/** A mobile node that has bound under 1000; since then another member has, under 2000. */
function overtakenMember(): ReturnType<typeof mip6Lab> {
  const other = mip6Lab();
  other.tell({ ...START, careOfAddress: CARE_OF_1 });
  other.tell({ ...BIND, numbering: { kind: 'own', first: 2000 } });
  other.network.advance(1000);
  other.tell({ kind: 'forget', correspondent: CORRESPONDENT });
  // Back to what this member knows: tokens for its own address, and its own last number.
  other.tell({ ...START, careOfAddress: CARE_OF_2 });
  other.network.advance(1000);
  const binding = { correspondent: CORRESPONDENT, homeAddress: HOME_ADDRESS, sequence: 1000 };
  other.tell({ kind: 'import', binding });
  return other;
}

function boundTo(lab: ReturnType<typeof mip6Lab>): readonly (readonly [string, number])[] {
  return lab.correspondentRole
    .bindings()
    .flatMap((entry) => (entry.state === 'bound' ? [[entry.careOfAddress, entry.sequence] as const] : []));
}

test("a deletion that gives way leaves another member's newer binding alone", () => {
  const lab = overtakenMember();
  lab.tell({
    kind: 'unbind',
    correspondent: CORRESPONDENT,
    acknowledge: true,
    numbering: { kind: 'yielding' },
  });
  lab.network.advance(10_000);
  assert.deepEqual(
    lab.events('binding-rejected').map(({ status, sequence, retrying }) => [status, sequence, retrying]),
    [[135, 2000, false]],
  );
  assert.equal(lab.events('binding-deleted').length, 0);
  assert.deepEqual(boundTo(lab), [[CARE_OF_1, 2000]]);
});

test('a deletion that does not give way goes on under the number that the correspondent names', () => {
  const lab = overtakenMember();
  lab.tell({ kind: 'unbind', correspondent: CORRESPONDENT, acknowledge: true });
  lab.network.advance(10_000);
  assert.equal(lab.events('binding-deleted').length, 1);
  assert.deepEqual(boundTo(lab), []);
});

test('status 135 ends a request by its numbering: own numbers never, others by what number it tells', () => {
  const ends = (numbering: Numbering): readonly boolean[] =>
    [1999, 2000, 2001, 2003].map((accepted) => isOvertaken(numbering, accepted, 2002));
  assert.deepEqual(ends({ kind: 'own', first: 2000 }), [false, false, false, false]);
  assert.deepEqual(ends({ kind: 'yielding', first: 2000 }), [false, false, false, true]);
  assert.deepEqual(ends({ kind: 'contested', first: 2000 }), [false, true, false, true]);
  assert.deepEqual(ends({ kind: 'fixed', number: 2000 }), [true, true, true, true]);
  assert.equal(isOvertaken({ kind: 'yielding' }, 7, undefined), false);
});

test('a renewal goes on by greater numbers, and still leaves the correspondent to another node unless it was this one’s alone', () => {
  for (const numbering of contests) assert.deepEqual(ofRenewal(numbering(2000)), { kind: 'yielding' });
  assert.deepEqual(ofRenewal({ kind: 'yielding', first: 2000 }), { kind: 'yielding' });
  assert.deepEqual(ofRenewal({ kind: 'own', first: 2000 }), { kind: 'own' });
});
