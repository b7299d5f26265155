import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT } from '../support/mip6-addresses.ts';
import { mip6Lab } from '../support/mip6-lab.ts';

const START = { kind: 'start-return-routability', correspondent: CORRESPONDENT } as const;
const BIND = { kind: 'bind', correspondent: CORRESPONDENT, lifetimeSeconds: 420, acknowledge: true } as const;
const release = (number: number) =>
  ({
    kind: 'unbind',
    correspondent: CORRESPONDENT,
    acknowledge: true,
    numbering: { kind: 'fixed', number },
    careOfAddress: CARE_OF_2,
  }) as const;

type Lab = ReturnType<typeof mip6Lab>;

/** One member has bound the correspondent under 1000, and is no more. */
function deadMember(): Lab {
  const lab = mip6Lab();
  lab.tell({ ...START, careOfAddress: CARE_OF_1 });
  lab.tell({ ...BIND, numbering: { kind: 'own', first: 1000 } });
  lab.network.advance(1000);
  assert.deepEqual(
    lab.mobileRole.bindings(lab.network.now).map(({ sequence, correspondent }) => [correspondent, sequence]),
    [[CORRESPONDENT, 1000]],
  );
  lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
  assert.deepEqual(lab.mobileRole.bindings(lab.network.now), []);
  return lab;
}

function boundTo(lab: Lab): readonly (readonly [string, number])[] {
  return lab.correspondentRole
    .bindings()
    .flatMap((entry) => (entry.state === 'bound' ? [[entry.careOfAddress, entry.sequence] as const] : []));
}

/** Of the Mobility Headers that the mobile node has sent from `since` on. */
function sent(lab: Lab, since: number): readonly (readonly [string, number?])[] {
  return lab.mobile.outputs.flatMap(({ at, output }): readonly (readonly [string, number?])[] => {
    if (output.kind !== 'transmit' || at < since) return [];
    const { message } = parseMobilityHeader(output.bytes);
    return [message.kind === 'binding-update' ? [message.kind, message.sequence] : [message.kind]];
  });
}

test('another member deletes the binding: a Home Test, and one Binding Update from its own care-of address', () => {
  const lab = deadMember();
  const since = lab.network.now;
  lab.tell(release(1001));
  lab.network.advance(10_000);
  assert.deepEqual(sent(lab, since), [['home-test-init'], ['binding-update', 1001]]);
  assert.deepEqual(boundTo(lab), []);
  assert.deepEqual(
    lab.events('binding-deleted').map(({ sequence }) => sequence),
    [1001],
  );
});

test('a deletion under the number of a newer binding leaves it alone, and ends', () => {
  for (const newest of [1001, 1002, 1024]) {
    const lab = deadMember();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell({ ...BIND, numbering: { kind: 'own', first: newest } });
    lab.network.advance(1000);
    lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
    lab.tell(release(1001));
    lab.network.advance(10_000);
    assert.deepEqual(boundTo(lab), [[CARE_OF_1, newest]]);
    assert.deepEqual(
      lab.events('binding-rejected').map(({ status, retrying }) => [status, retrying]),
      [[135, false]],
    );
  }
});

test('a deletion that is sent again has the same number: one that comes late deletes nothing newer', () => {
  const lab = deadMember();
  const since = lab.network.now;
  lab.tell(release(1001));
  // The Home Test is on its way, and all that follows is lost.
  lab.network.advance(30);
  lab.network.path = { delayMs: 20, loss: 1 };
  lab.network.advance(2500);
  lab.network.path = { delayMs: 20 };
  lab.network.advance(10_000);
  const updates = sent(lab, since).filter(([kind]) => kind === 'binding-update');
  assert.ok(updates.length > 1, 'sent once only');
  assert.deepEqual([...new Set(updates.map(([, sequence]) => sequence))], [1001]);
  assert.deepEqual(boundTo(lab), []);
});

test('after it the member that has deleted binds under the next number', () => {
  const lab = deadMember();
  lab.tell(release(1001));
  lab.network.advance(1000);
  lab.tell({ ...START, careOfAddress: CARE_OF_2 });
  lab.tell(BIND);
  lab.network.advance(10_000);
  assert.deepEqual(boundTo(lab), [[CARE_OF_2, 1002]]);
});
