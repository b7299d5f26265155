import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERY_PORT } from '../../server/successor/frames.ts';
import type { Holder } from '../../server/successor/holder.ts';
import type { HolderInput, HolderOutput } from '../../server/successor/holder-types.ts';
import { KeptConnections } from '../../server/successor/kept-connections.ts';
import { DISPUTE_MS, PROBE_MS } from '../../server/successor/successor-state.ts';
import { takeoverNumber } from '../../server/successor/takeover-number.ts';
import { aCheckpoint, exceptProtection, holderAlone } from '../support/holder-alone.ts';
import { contact, replicaState } from '../support/survival-world.ts';

const octets = Uint8Array.of(1);
const port = 40_001;
const checkpoint = aCheckpoint(port);
const chosen = { kind: 'chosen', backup: contact } as const;
const acknowledged = (number: number) => ({ kind: 'acknowledged', number }) as const;

/** A holder whose client is bound, what it has said to all of these inputs, and the protection that was told last. */
function holderTold(...inputs: readonly HolderInput[]) {
  const { holder, heard } = holderAlone();
  const said: HolderOutput[] = [];
  const tell = (input: HolderInput): void => {
    holder.handle(input, 0);
    said.push(...heard());
  };
  for (const input of inputs) tell(input);
  const protections = said.flatMap((one) => (one.kind === 'protection' ? [one.protection.kind] : []));
  return { tell, said, protections };
}

test('an acknowledgement of what was never sent protects nothing, and an older one takes nothing back', () => {
  const early = holderTold(checkpoint, chosen, acknowledged(2));
  assert.notEqual(early.protections.at(-1), 'protected');
  const late = holderTold(checkpoint, chosen, acknowledged(1), aCheckpoint(port + 1), acknowledged(2));
  assert.equal(late.protections.at(-1), 'protected');
  const before = late.said.length;
  late.tell(acknowledged(1));
  late.tell(checkpoint);
  late.tell(acknowledged(2));
  const { protections } = holderTold(checkpoint, chosen, acknowledged(1), checkpoint, acknowledged(1));
  assert.equal(late.said.slice(before).filter(({ kind }) => kind === 'send-replica').length, 1);
  assert.equal(protections.at(-1), 'pending', 'the newer checkpoint has not been acknowledged');
});

test('a client that leaves twice is given up once: its number is burnt once, and the question about it can still be asked', () => {
  const { said, tell } = holderTold(checkpoint, chosen, { kind: 'leaving' });
  const before = said.length;
  tell({ kind: 'leaving' });
  assert.deepEqual(said.slice(before), []);
  tell({ kind: 'staying' });
  assert.deepEqual(
    said.slice(before).flatMap((one) => (one.kind === 'protection' ? [] : [one.kind])),
    ['contest'],
  );
});

test('input of a connection that is not gated, or not kept, goes with nothing: the backup cannot say that it has it', () => {
  const kept = new KeptConnections();
  const piece = { sequence: 0, octets, ends: false };
  assert.equal(kept.input(port, piece), false);
  kept.keep({ port, state: replicaState(port), applicationState: octets });
  assert.equal(kept.input(port, piece), false);
  assert.equal(kept.inputOctets(port), 0);
});

test('while a client’s first binding has no answer its protection is pending, and why it is not protected is said when it does not come', () => {
  const { holder, heard } = holderAlone({ isBound: false });
  const said: HolderOutput[] = [];
  const tell = (...inputs: readonly HolderInput[]): string | undefined => {
    for (const input of inputs) holder.handle(input, 0);
    said.push(...heard());
    const last = said.findLast((output) => output.kind === 'protection')?.protection;
    return last?.kind === 'protected' ? last.kind : `${last?.kind}: ${last?.reason}`;
  };
  assert.match(tell(checkpoint, chosen, acknowledged(1))!, /^pending: the client has not/);
  assert.equal(tell({ kind: 'unanswered', reason: 'no answer' }), 'unprotected: no answer');
  assert.equal(tell({ kind: 'refused', reason: 'status 129' }), 'unprotected: status 129');
  assert.equal(tell({ kind: 'bound', sequence: 101 }), 'protected');
  // Of a renewal: the binding is there.
  assert.equal(tell({ kind: 'unanswered', reason: 'no answer' }), 'protected');
});

/** A holder that has asked the client under its backup's number, and was refused. */
function disputing(): { readonly holder: Holder; readonly said: () => readonly HolderOutput['kind'][] } {
  const { holder, heard } = holderAlone();
  const said = () => exceptProtection(heard()).map(({ kind }) => kind);
  for (const one of [port, port + 1]) holder.handle(aCheckpoint(one), 0);
  holder.handle(chosen, 0);
  holder.handle({ kind: 'backup-lost' }, 0);
  holder.handle({ kind: 'superseded', reason: 'status 135' }, 0);
  said();
  return { holder, said };
}

test('probes of a holder’s leave when what the client had sent before is here, each as soon as the client answers one again', () => {
  const { holder, said } = disputing();
  holder.handleTimeout(PROBE_MS - 1);
  assert.deepEqual(said(), []);
  for (let probes = 1; probes <= DISPUTE_MS / PROBE_MS; probes++) {
    assert.equal(holder.deadline(), probes * PROBE_MS);
    holder.handleTimeout(probes * PROBE_MS);
    assert.deepEqual(said(), ['probe', 'probe'], 'of every connection');
  }
  holder.handleTimeout(PROBE_MS + DISPUTE_MS);
  assert.deepEqual(said(), ['stop', 'over', 'decided']);
});

test('a dispute ends by the client’s answer, or by the end of the backup; what refuses the holder then is another member’s', () => {
  for (const kind of ['answers-probe', 'backup-gone'] as const) {
    const { holder, said } = disputing();
    // Of an earlier transmission.
    holder.handle({ kind: 'superseded', reason: 'status 135' }, 100);
    holder.handle({ kind: 'unanswered', reason: 'no answer' }, 100);
    assert.deepEqual([said(), holder.deadline()], [[], PROBE_MS]);
    holder.handle({ kind }, 1000);
    assert.deepEqual(said(), ['reclaim', 'decided'], kind);
    assert.equal(holder.deadline(), undefined);
    holder.handle({ kind: 'answers-probe' }, 1100);
    assert.deepEqual(said(), []);
    holder.handle({ kind: 'superseded', reason: 'status 135' }, 2000);
    assert.deepEqual(said(), ['stop', 'over'], kind);
  }
  const { holder, said } = disputing();
  holder.handle({ kind: 'answers-probe' }, 1000);
  said();
  holder.handle({ kind: 'bound', sequence: takeoverNumber(100) + 1 }, 1100);
  assert.deepEqual(said(), ['choose']);
});

test('a holder whose client is another member’s says so to its backup, which would take it for dead otherwise', () => {
  const { holder, heard } = holderAlone();
  for (const input of [checkpoint, chosen, acknowledged(1)]) holder.handle(input, 0);
  heard();
  holder.handle({ kind: 'superseded', reason: 'status 135', accepted: 9000 }, 10);
  const said = exceptProtection(heard());
  assert.deepEqual(
    said.map(({ kind }) => kind),
    ['send-drop', 'stop', 'over'],
  );
  const [drop] = said;
  assert.ok(drop?.kind === 'send-drop' && drop.port === EVERY_PORT);
});

test('a question whose answer is lost, and whose backup has ended meanwhile, is this member’s own when the client refuses it once more', () => {
  const refusedAt = (accepted: number): readonly string[] => {
    const { holder, heard } = holderAlone();
    for (const input of [checkpoint, chosen, { kind: 'backup-lost' } as const]) holder.handle(input, 0);
    // The client has accepted it by now. Another backup is chosen.
    holder.handle({ kind: 'backup-gone' }, 20);
    for (const input of [chosen, acknowledged(2)]) holder.handle(input, 100);
    heard();
    holder.handle({ kind: 'superseded', reason: 'status 135', accepted }, 1000);
    return exceptProtection(heard()).map(({ kind }) => kind);
  };
  assert.deepEqual(refusedAt(takeoverNumber(100)), ['reclaim']);
  assert.deepEqual(refusedAt(takeoverNumber(100) + 1), ['send-drop', 'stop', 'over']);
});

test('the numbers of a holder that has its client again are apart from those of whoever has the backup’s', () => {
  const { holder, heard } = holderAlone();
  for (const input of [checkpoint, chosen, { kind: 'backup-lost' } as const]) holder.handle(input, 0);
  holder.handle({ kind: 'superseded', reason: 'status 135' }, 0);
  heard();
  holder.handle({ kind: 'backup-gone' }, 1000);
  const reclaimed = heard().find((output) => output.kind === 'reclaim');
  const apart = ((reclaimed?.sequence ?? 0) - takeoverNumber(100)) & 0xffff;
  // An hour of renewals, and far below what a backup is given.
  assert.ok(apart >= 64 && apart < 512, `${apart}`);
});

test('a handoff takes the replica back, and the acceptor’s first number is the backup’s own', () => {
  const { holder, heard } = holderAlone();
  const said = () => exceptProtection(heard());
  for (const input of [checkpoint, chosen]) holder.handle(input, 0);
  said();
  holder.handle({ kind: 'leaving' }, 10);
  assert.deepEqual(
    said().map(({ kind, ...what }) => [kind, 'sequence' in what ? what.sequence : 0]),
    [
      ['send-drop', 0],
      ['burn', takeoverNumber(100) - 1],
    ],
  );
  // It comes to nothing: the backup may not have heard of either.
  holder.handle({ kind: 'staying' }, 20);
  assert.deepEqual(said(), [{ kind: 'contest', sequence: takeoverNumber(100) }]);
  holder.handle({ kind: 'bound', sequence: takeoverNumber(100) }, 30);
  assert.deepEqual(
    said().map(({ kind }) => kind),
    ['choose'],
  );
});

test('a client that has been taken back from a handoff is not asked under the backup’s number, which is behind its own by then', () => {
  const takeover = takeoverNumber(100);
  const bound = (sequence: number) => ({ kind: 'bound', sequence }) as const;
  const after = (...inputs: readonly HolderInput[]): readonly string[] => {
    const { holder, heard } = holderAlone();
    for (const input of [checkpoint, chosen]) holder.handle(input, 0);
    for (const input of inputs) {
      heard();
      holder.handle(input, 10);
    }
    return exceptProtection(heard()).map(({ kind }) => kind);
  };
  const [leaving, staying, lostBackup] = [
    { kind: 'leaving' },
    { kind: 'staying' },
    { kind: 'backup-lost' },
  ] as const;
  assert.deepEqual(after(leaving, bound(takeover + 1000), staying), ['choose']);
  assert.deepEqual(after(leaving, bound(takeover), staying), ['choose']);
  assert.deepEqual(after(leaving, bound(takeover - 1), staying), ['contest']);
  assert.deepEqual(after(leaving, staying), ['contest']);
  // A reclaim that is answered behind the question settles that, too.
  assert.deepEqual(after(leaving, staying, bound(takeover + 1)), ['choose']);
  assert.deepEqual(after(leaving, staying, bound(takeover - 1)), []);
  assert.deepEqual(after(bound(takeover - 100), lostBackup), ['contest']);
  // What the client refuses then is the question, and it says whose number it has: its own holder's is no reason to give it up.
  const refused = (accepted: number) => ({ kind: 'superseded', reason: '', accepted }) as const;
  const settled = [leaving, staying, bound(takeover + 1)] as const;
  assert.deepEqual(after(...settled, refused(takeover + 1)), ['reclaim']);
  assert.deepEqual(after(...settled, refused(takeover + 2)), ['stop', 'over']);
});

test('a client without Mobile IPv6 stays so, whether a handoff begins, comes to nothing, or finds it out', () => {
  const leaving = { kind: 'leaving' } as const;
  const out = { kind: 'not-mobile' } as const;
  for (const before of [
    [out, leaving],
    [leaving, out],
    [chosen, out, leaving],
    [chosen, leaving, out],
  ]) {
    const { holder, heard } = holderAlone({ isBound: false });
    for (const input of [checkpoint, ...before]) holder.handle(input, 0);
    heard();
    holder.handle({ kind: 'staying' }, 0);
    holder.handle({ kind: 'member-in-reach' }, 0);
    assert.deepEqual(
      heard().map((output) => (output.kind === 'protection' ? output.protection.kind : output.kind)),
      ['unprotected'],
      before.map(({ kind }) => kind).join(', '),
    );
    assert.equal(holder.state, 'alone');
    assert.equal(holder.deadline(), undefined);
  }
});
