import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { analyzeExperiment } from '../../analysis/analyze-experiment.ts';
import { writeSequences } from '../../analysis/plots/write-sequences.ts';
import fig11 from '../../experiments/fig11.ts';
import { bindingUpdate } from '../support/handoff-messages.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';
import { aSample } from '../support/synthetic-samples.ts';

const parameters = { csMs: 40, ssMs: 20, rateKbit: 2000, waitMs: 0, lossPct: 0, jitterMs: 0 };

/** A run of Figure 11 whose captures are written by hand: return routability in advance of Init, or after it. */
function cellOf(variant: string, prepareAtMs?: number): SyntheticCell {
  const script = new HandoffScript();
  script.openChannel(0);
  const prepare = prepareAtMs === undefined ? {} : { prepareAtMs };
  script.session({ startMs: 1000, clientPort: 40_000, initAtMs: 203, initBodyOctets: 91, ...prepare });
  const changes = { experiment: 'fig11', cell: variant, variant, parameters };
  return new SyntheticCell(script.hops, [{ repetition: 0, atMs: 3000 }], changes);
}

async function analysed(cells: readonly SyntheticCell[]) {
  const folder = await mkdtemp(join(tmpdir(), 'handoff-lab-fig11-'));
  for (const [index, cell] of cells.entries())
    await cp(cell.folder, join(folder, 'cells', ['drain', 'drain+advance-rr'][index]!), { recursive: true });
  const { claims } = await analyzeExperiment(folder, fig11, {});
  return { folder, verdicts: Object.fromEntries(claims.map((claim) => [claim.id, claim.verdict])) };
}

test('Figure 11 is drawn from captures, and its orders are judged from them', async () => {
  using drain = cellOf('drain');
  using advance = cellOf('drain+advance-rr', 63);
  const { folder, verdicts } = await analysed([drain, advance]);
  try {
    assert.deepEqual(verdicts, {
      fig11a: 'reproduced',
      fig11b: 'deviates',
      'fig11b-drain': 'reproduced',
      'fig11-empty-state': 'reproduced',
      'fig11-state-trip': 'reproduced',
      'fig11b-update-at-once': 'reproduced',
    });
    const names = await readdir(join(folder, 'plots'));
    assert.deepEqual(names.sort(), ['fig11a.png', 'fig11a.svg', 'fig11b.png', 'fig11b.svg']);
    const svg = await readFile(join(folder, 'plots', 'fig11a.svg'), 'utf8');
    // Data to the client at 1162.25 … first data of the acceptor at 1466.75 in the script.
    for (const words of ['handoff gap 304.5 ms', 'Init (96 octets)', 'HoTI', 'BU (sequence 42)', 'node2'])
      assert.ok(svg.includes(words), words);
    assert.ok(!svg.includes('Done'), 'what follows the first data is left out');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('where a run kept no captures there is no diagram', async () => {
  using drain = cellOf('drain');
  const { folder } = await analysed([drain]);
  try {
    assert.deepEqual((await readdir(join(folder, 'plots'))).sort(), ['fig11a.png', 'fig11a.svg']);
    const samplesOf = async () => [];
    await analyzeExperiment(folder, fig11, {}, { samplesOf });
    assert.deepEqual(await readdir(join(folder, 'plots')), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('copies of an update that leave at once are one arrow, and the donor’s own binding is none of the handoff', async () => {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, initAtMs: 203, initBodyOctets: 91, prepareAtMs: 63 });
  script.donorToClient('own-bu', 1064, bindingUpdate(420, 7));
  // As many seconds later as a retransmission, and at once: two transmissions, and a copy.
  const update = script.hops.find(({ label }) => label === 'bu')!.atMs;
  script.toClient('bu-copy', update + 0.5, bindingUpdate(420, 43));
  script.toClient('bu-same', update + 0.6, bindingUpdate(420, 42));
  const changes = { experiment: 'fig11', cell: 'drain', variant: 'drain+advance-rr', parameters };
  using cell = new SyntheticCell(script.hops, [{ repetition: 0, atMs: 3000 }], changes);
  const folder = await mkdtemp(join(tmpdir(), 'handoff-lab-fig11-'));
  try {
    await cp(cell.folder, join(folder, 'cells', 'drain'), { recursive: true });
    const sample = aSample({ experiment: 'fig11', cell: 'drain', variant: 'drain+advance-rr', parameters });
    await writeSequences(folder, fig11, [sample]);
    const svg = await readFile(join(folder, 'plots', 'fig11b.svg'), 'utf8');
    assert.match(svg, /BU \(sequences 42, 43, 42\)/);
    assert.ok(!svg.includes('sequence 7'));
  } finally {
    await rm(folder, { recursive: true });
  }
});
