import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdverseRun } from './adverse-lab.ts';
import { leaks, neverTwo, repeatedSequences, type SessionVerdict, verdicts } from './adverse-verdict.ts';

/** What a session must come to beyond what all must. */
export type Expectation = (verdict: SessionVerdict, run: AdverseRun) => void;

/** Tests of one lab's run: one for each of its sessions, and those of the whole. */
export function testRun(run: AdverseRun, names: readonly string[], expectation: Expectation): void {
  const found = new Map(verdicts(run).map((verdict) => [verdict.name, verdict]));
  for (const name of names) {
    test(name, () => {
      const verdict = found.get(name);
      assert.ok(verdict !== undefined, 'the session has not ended');
      assert.ok(verdict.ok, `${verdict.problem} ${verdict.bytes} octets; ${verdict.failures.join('; ')}`);
      assert.ok(neverTwo(verdict), `served ${verdict.served.join(' ')}, sent ${verdict.sent.join(' ')}`);
      expectation(verdict, run);
    });
  }
  test('no reset leaves a member, no packet is malformed, no process crashes', () => {
    assert.deepEqual(run.holders.resets, []);
    assert.deepEqual(run.holders.malformed, []);
    const broken = run.events.filter(({ event }) => event === 'crashed' || event === 'cleanup-failed');
    assert.deepEqual(broken, []);
    assert.equal(run.status, 0, run.console);
  });
  test('no Binding Update to a client uses a number twice, but where its donor contests it', () => {
    assert.deepEqual(repeatedSequences(run), []);
    const handoffs = run.events.filter(({ event }) => event === 'handed-off').length;
    const updates = [...run.holders.updates.values()].flat().length;
    assert.ok(updates >= handoffs, `${updates} updates in the capture for ${handoffs} handoffs`);
  });
  test('the kernels of members and clients hold afterwards what they held before', () => {
    assert.ok(
      [...run.kernel.values()].every(({ before }) => before.includes('tcp ')),
      'no snapshots',
    );
    assert.deepEqual(leaks(run), []);
  });
}

/** Every handoff that the client asked for took place, and none failed. */
export function handedOff(count: number): Expectation {
  return ({ handoffs, failures }) => {
    assert.deepEqual(failures, []);
    assert.equal(handoffs, count);
  };
}
