import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analysisSources } from '../../runner/results/analysis-key.ts';

test('the key of the analysis names what turns captures into samples, wherever it stands, and nothing that only draws', async () => {
  const sources = new Set(await analysisSources());
  for (const file of [
    'analysis/events/channel-frames.ts',
    // What these load, in other parts of the house.
    'server/channel/frame-table.ts',
    'server/handoff/frames.ts',
    'mip6/wire/mobility-header.ts',
    'topologies/seeded-random.ts',
    'experiments/handoff.ts',
  ])
    assert.ok(sources.has(file), file);
  for (const file of sources)
    assert.doesNotMatch(file, /^analysis\/(plots|report|diff|compare)\/|^(nodes|runner|linux)\//, file);
});
