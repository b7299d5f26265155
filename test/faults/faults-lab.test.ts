import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { caseName, faultKinds, signalling } from '../../experiments/faults/signalling.ts';
import faults from '../../experiments/faults.ts';
import { runExperiment } from '../../runner/run.ts';

test('every packet of a handoff is found where its name says, lost once, and the document comes whole', async () => {
  const out = await mkdtemp(join(tmpdir(), 'handoff-lab-faults-'));
  try {
    const kind = faultKinds.indexOf('lost');
    const { samples, claims } = await runExperiment(faults, {
      ...{ profile: 'smoke', clock: 'virtual', seed: 7, out, jobs: 1, capture: 'headers' },
      settings: { kind: [kind], place: [0] },
      variants: ['drain'],
      repetitions: signalling.drain!.length,
      signal: AbortSignal.timeout(300_000),
      log: () => undefined,
    });
    const outcomes = samples.filter(({ measure }) => measure === 'fault-outcome');
    assert.deepEqual(
      outcomes.map(({ reason, outcome }) => [reason, outcome]),
      signalling.drain!.map((_, index) => [caseName('drain', kind, index + 1), 'succeeded']),
    );
    assert.deepEqual(
      claims.filter(({ verdict }) => verdict !== 'reproduced').map(({ id }) => id),
      [],
    );
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});
