import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import takeover from '../../experiments/takeover.ts';
import { recordOf } from '../../runner/cells/cell-files.ts';
import { mergeEvents } from '../../runner/cells/merge-events.ts';
import { cellsOf } from '../../runner/cells.ts';
import { labBody } from '../../runner/lab-body.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { wiresharkKeys } from '../../runner/procedures/security-associations.ts';
import { takeover as procedure } from '../../runner/procedures/takeover.ts';
import { runInLab } from '../support/lab.ts';

const [memberMs, homeMs] = [40, 10];

test('a contact node is killed, taken over from, started again and put back in office, and killed a second time', {
  timeout: 300_000,
}, async () => {
  const [cell] = cellsOf(takeover, {
    profile: 'smoke',
    settings: { ending: [0], memberMs: [memberMs], homeMs: [homeMs] },
    variants: [],
    repetitions: 2,
    clock: 'virtual',
    seed: 7,
  });
  const plan = procedure(cell!);
  const processes = [...plan.daemons.flat(), plan.driver, ...(plan.conducted ?? [])];
  await using run = await runInLab({
    body: labBody(plan, 'headers'),
    programs: nodeEntryPoints,
    files: Object.fromEntries(
      processes.map(({ name, config }) => [`config/${name}.json`, JSON.stringify(config)]),
    ),
    seed: 7,
    virtualTimeoutS: plan.virtualTimeoutS,
    wallTimeoutMs: 240_000,
  });
  assert.equal(run.status, 0, run.console);
  const { folder } = run;
  await writeFile(join(folder, 'events.jsonl'), await mergeEvents(join(folder, 'events')));
  await writeFile(join(folder, 'cell.json'), JSON.stringify(recordOf(cell!, plan)));
  await writeFile(join(folder, 'esp_sa'), wiresharkKeys(plan.associations!));

  const samples = await analyzeCell(folder, takeover.measures);
  assert.deepEqual(
    samples.filter(({ outcome }) => outcome !== 'succeeded').map(({ reason }) => reason),
    [],
  );
  for (const repetition of [0, 1]) {
    const value = (name: string): number =>
      samples.find((sample) => sample.repetition === repetition && sample.measure === name)!.value!;
    const between = (name: string, least: number, most: number): void =>
      assert.ok(value(name) >= least && value(name) <= most, `${name} ${repetition}: ${value(name)}`);
    between('detection', 3 * memberMs, 3 * memberMs + 1);
    between('registration', 2 * homeMs, 2 * homeMs + 1);
    between('outage', 3 * memberMs + 2 * homeMs, 3 * memberMs + 2 * homeMs + 2.2);
    between('optimized-gap', -1, 1);
    const counts = ['contact-switches', 'registrations', 'lost-held'].map(value);
    assert.deepEqual(counts, [1, 1, 1]);
    const none = ['esp-reversals', 'update-reversals', 'resets', 'lost-others'].map(value);
    assert.deepEqual(none, [0, 0, 0, 0]);
  }
});
