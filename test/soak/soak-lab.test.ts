import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { diffResults } from '../../analysis/diff/diff.ts';
import { checkSoak } from '../../analysis/soak/check-soak.ts';
import { planSoak } from '../../runner/soak/plan.ts';
import { runSoak } from '../../runner/soak/run-soak.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A seed whose two minutes have a kill of one contact node, a cut of the other, a partition, and loss. */
const seed = 30;
const size = { members: 3, contactAddresses: 2, clients: 6, plainClients: 1, filteredClients: 1, minutes: 2 };

test('a small soak: every invariant holds, and its folder can be compared with another', {
  timeout: 300_000,
}, async () => {
  await using temporary = await temporaryFolder();
  const plan = planSoak(seed, size);
  const folder = join(temporary.path, 'soak');
  await runSoak(plan, {
    folder,
    wallTimeoutMs: 250_000,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  const { violations, figures } = checkSoak(folder);
  assert.deepEqual(violations, [], JSON.stringify(figures));
  assert.equal(figures.visits, plan.visits.length);
  assert.equal(figures.visits, figures.intact! + figures.lostWithTheirMember!);
  assert.deepEqual([figures.crashes, figures.cuts, figures.returns], [1, 2, 1]);
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
