import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { diffResults } from '../../analysis/diff/diff.ts';
import { checkSoak } from '../../analysis/soak/check-soak.ts';
import { planSoak } from '../../runner/soak/plan.ts';
import { runSoak } from '../../runner/soak/run-soak.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A seed whose two minutes have a contact node that leaves, a kill of the other, a cut, a member that joins, and loss. */
const seed = 268;
const size = { members: 4, contactAddresses: 2, clients: 6, plainClients: 1, filteredClients: 1, minutes: 2 };

test('a small soak: every invariant holds, and its folder can be compared with another', {
  timeout: 300_000,
}, async () => {
  await using temporary = await temporaryFolder();
  const plan = planSoak(seed, size);
  const folder = join(temporary.path, 'soak');
  const { orderly } = await runSoak(plan, {
    folder,
    wallTimeoutMs: 250_000,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  const { violations, figures } = checkSoak(folder);
  assert.ok(orderly);
  assert.deepEqual(violations, [], JSON.stringify(figures));
  assert.ok(figures.kernelChecks! > 50, 'the kernel is looked at while it runs');
  assert.equal(figures.visits, plan.visits.length);
  assert.equal(figures.visits, figures.intact! + figures.lostWithTheirMember!);
  const { crashes, leaves, cuts, joins, returns, handoffsOfLeaving } = figures;
  assert.deepEqual([crashes, leaves, cuts, joins, returns], [1, 1, 1, 1, 2]);
  assert.ok(handoffsOfLeaving! > 0, 'the member that leaves hands clients off');
  assert.ok(figures.handoffs! > 0 && figures.takeovers! >= 1, JSON.stringify(figures));

  const other = join(temporary.path, 'other');
  await cp(folder, other, { recursive: true });
  assert.deepEqual(diffResults(folder, other), []);
  const events = await readFile(join(other, 'events.jsonl'), 'utf8');
  await writeFile(
    join(other, 'events.jsonl'),
    events.replace('"event":"client-connected"', '"event":"other"'),
  );
  assert.match(diffResults(folder, other).join('\n'), /events.jsonl: first different line/);
});
