import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MobileNodeInput } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { previousSequence } from '../../mip6/roles/shared/sequence.ts';
import { CARE_OF_1, CORRESPONDENT } from '../support/mip6-addresses.ts';
import { type Mip6Lab, mip6Lab } from '../support/mip6-lab.ts';

const START = {
  kind: 'start-return-routability',
  correspondent: CORRESPONDENT,
  careOfAddress: CARE_OF_1,
} as const;
const BIND = {
  kind: 'bind',
  correspondent: CORRESPONDENT,
  lifetimeSeconds: 420,
  acknowledge: true,
  refresh: true,
} as const;
const DEFEND = { kind: 'defend', correspondent: CORRESPONDENT } as const;
const BINDING_UPDATE = 5;

/** What the mobile node sends without any answer, from `now` on for so long: numbers of Binding Updates, and kinds of events. */
function unanswered(
  { mobileRole: role }: Mip6Lab,
  inputs: readonly MobileNodeInput[],
  from: number,
  forMs: number,
): { readonly numbers: readonly number[]; readonly events: readonly string[] } {
  const [numbers, events]: [number[], string[]] = [[], []];
  const drain = (): void => {
    for (let output = role.poll(); output !== undefined; output = role.poll()) {
      if (output.kind === 'event') events.push(output.event.kind);
      if (output.kind !== 'transmit' || output.bytes[2] !== BINDING_UPDATE) continue;
      numbers.push(output.bytes[6]! * 256 + output.bytes[7]!);
    }
  };
  for (const input of inputs) {
    role.handle(input, from);
    drain();
  }
  for (let due = role.deadline(); due !== undefined && due < from + forMs; due = role.deadline()) {
    role.handleTimeout(due);
    drain();
  }
  return { numbers, events };
}

/** Bound under 1000. */
function bound(): { readonly lab: Mip6Lab; readonly now: number } {
  const lab = mip6Lab({ mobile: { retransmissionLimit: 2 } });
  lab.tell(START);
  lab.tell({ ...BIND, numbering: { kind: 'own', first: 1000 } });
  lab.network.advance(1000);
  assert.equal(lab.events('binding-acknowledged')[0]?.sequence, 1000);
  return { lab, now: 1000 };
}

test('the number of a defended correspondent’s first Binding Update is known before it leaves', () => {
  const lab = mip6Lab();
  lab.tell(START);
  lab.tell(BIND);
  lab.tell(DEFEND);
  const before = lab.mobileRole.sequenceBefore(CORRESPONDENT);
  assert.ok(before !== undefined);
  // None has been sent: there is nothing to delete, or to hand on.
  assert.equal(lab.mobileRole.exportBinding(CORRESPONDENT)?.sequence, undefined);
  lab.network.advance(1000);
  assert.equal(previousSequence(lab.events('binding-acknowledged')[0]!.sequence), before);
});

test('burnt numbers are not used: behind the last one, or before the first', () => {
  const { lab } = bound();
  const burn = (sequence: number) => lab.tell({ kind: 'burn', correspondent: CORRESPONDENT, sequence });
  burn(1500);
  // What is handed on lies above.
  assert.equal(lab.mobileRole.exportBinding(CORRESPONDENT)?.sequence, 1500);
  burn(1400);
  lab.tell({ ...BIND, numbering: { kind: 'yielding' } });
  lab.network.advance(1000);
  assert.equal(lab.events('binding-acknowledged').at(-1)?.sequence, 1501);
  const fresh = mip6Lab();
  fresh.tell(START);
  fresh.tell(DEFEND);
  const burnt = (fresh.mobileRole.sequenceBefore(CORRESPONDENT)! + 512) & 0xffff;
  fresh.tell({ kind: 'burn', correspondent: CORRESPONDENT, sequence: burnt });
  assert.equal(fresh.mobileRole.exportBinding(CORRESPONDENT)?.sequence, undefined);
  fresh.tell(BIND);
  fresh.network.advance(1000);
  assert.equal(previousSequence(fresh.events('binding-acknowledged')[0]!.sequence), burnt);
});

test('a question that is not answered stays one: nothing is sent beyond its number, whoever asks for it', () => {
  const { lab, now } = bound();
  const asked = [DEFEND, { ...BIND, numbering: { kind: 'fixed', number: 1512 } }] as const;
  const first = unanswered(lab, asked, now, 30_000);
  assert.ok(first.events.includes('gave-up'));
  assert.deepEqual([...new Set(first.numbers)], [1512]);
  const later = unanswered(lab, [{ ...BIND, numbering: { kind: 'yielding' } }], now + 30_000, 30_000);
  assert.ok(later.numbers.length > 0);
  assert.deepEqual([...new Set(later.numbers)], [1512]);
});

test('without that, the same is asked under the next number', () => {
  const { lab, now } = bound();
  const { numbers } = unanswered(lab, [DEFEND, { ...BIND, numbering: { kind: 'yielding' } }], now, 10_000);
  assert.equal(numbers[0], 1001);
});

test('tokens that are renewed are good until the answers come', () => {
  const { lab, now } = bound();
  const renewing = unanswered(lab, [{ ...START, renewed: true }], now, 100);
  assert.deepEqual(renewing.numbers, []);
  // No answer has come: a Binding Update goes out all the same.
  assert.equal(
    unanswered(lab, [{ ...BIND, numbering: { kind: 'yielding' } }], now + 200, 100).numbers.length,
    1,
  );
  const fresh = bound();
  unanswered(fresh.lab, [{ ...START, fresh: true }], fresh.now, 100);
  assert.deepEqual(
    unanswered(fresh.lab, [{ ...BIND, numbering: { kind: 'yielding' } }], fresh.now + 200, 100).numbers,
    [],
  );
});

test('a question whose answer was lost is refused when it comes again: the binding stays until it is known whose the number is, and nothing goes beyond it', () => {
  const { lab } = bound();
  const { network, mobileRole: role } = lab;
  const isBound = (): boolean => role.isBound(CORRESPONDENT, network.now);
  lab.tell(DEFEND);
  lab.tell({ ...BIND, numbering: { kind: 'fixed', number: 1512 } });
  const { path } = network;
  network.path = { ...path, loss: 1 };
  network.advance(500);
  network.path = path;
  network.advance(1000);
  assert.deepEqual(
    lab.events('binding-rejected').map(({ status, retrying }) => [status, retrying]),
    [[135, false]],
  );
  assert.equal(isBound(), true);
  lab.tell({ kind: 'suspend', correspondent: CORRESPONDENT });
  network.advance(400_000);
  assert.equal(lab.events('binding-acknowledged').length, 1);
  lab.tell({ kind: 'resume', correspondent: CORRESPONDENT });
  lab.tell(START);
  lab.tell({ ...BIND, numbering: { kind: 'yielding', first: 1513 } });
  network.advance(1000);
  assert.equal(lab.events('binding-acknowledged').at(-1)?.sequence, 1513);
});

test('a question that is refused at once is another’s: nothing of the binding stays', () => {
  const { lab } = bound();
  lab.tell(DEFEND);
  lab.tell({ ...BIND, numbering: { kind: 'fixed', number: 1000 } });
  lab.network.advance(500);
  assert.equal(lab.events('binding-rejected').length, 1);
  assert.equal(lab.mobileRole.isBound(CORRESPONDENT, lab.network.now), false);
});
