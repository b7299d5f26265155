import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handoffSequence, type SequenceStep } from '../analysis/handoff-sequence.ts';
import { renderPng } from '../analysis/plots/render.ts';
import type { Sequence } from '../analysis/plots/sequence.ts';
import { timeSequenceSvg } from '../analysis/plots/time-sequence.ts';
import atlas from '../experiments/atlas.ts';
import type { Experiment } from '../experiments/experiment.ts';
import fig12 from '../experiments/fig12.ts';
import { runExperiment } from '../runner/run.ts';

/**
 * Draws docs/figures/*.svg from the capture of a run made for it, in a temporary folder. An argument names a folder that
 * gets the same figures as PNG, to look at.
 */
const figures = fileURLToPath(new URL('../docs/figures/', import.meta.url));
const lifelines = ['client', 'homeAgent1', 'node1', 'node2'];
const point = 'L_CS = 40 ms, L_SS = 20 ms, 2 Mbit/s; from a capture';
const remark = 'times are the router’s: what waits at a home agent’s shaper appears when it leaves it';

const out = await mkdtemp(join(tmpdir(), 'handoff-lab-figures-'));
try {
  await run(fig12, ['drain+advance-rr']);
  const cell = join(out, 'fig12', 'cells', 'csMs=40,ssMs=20,drain+advance-rr');
  const steps = await handoffSequence(cell, 0);
  await write('route-optimisation', routeOptimisation(steps));
  await write('handoff-signalling', handoff(steps));
  await write('binding-deletion', deletion(steps));
  await run(atlas, []);
  for (const { id } of atlas.sequences ?? []) await keep(id);
} finally {
  await rm(out, { recursive: true, force: true });
}

async function run(experiment: Experiment, variants: readonly string[]): Promise<void> {
  await runExperiment(experiment, {
    profile: 'smoke',
    settings: { csMs: [40], ssMs: [20] },
    variants,
    repetitions: 1,
    clock: 'virtual',
    seed: 1,
    out,
    jobs: 1,
    capture: 'headers',
    signal: AbortSignal.timeout(600_000),
    log: (line) => void process.stderr.write(`${line}\n`),
  });
}

/** A time-sequence diagram that the experiment draws itself. */
async function keep(id: string): Promise<void> {
  const drawn = join(out, 'atlas', 'plots', id);
  await copyFile(`${drawn}.svg`, join(figures, `${id}.svg`));
  const [pngFolder] = process.argv.slice(2);
  if (pngFolder !== undefined) await copyFile(`${drawn}.png`, join(pngFolder, `${id}.png`));
}

/** The contact node's own return routability and Binding Update, beside the first data (RFC 6275 §5.2, paper §6.1). */
function routeOptimisation(steps: readonly SequenceStep[]): Sequence {
  const end = steps.findIndex(({ label }) => label.startsWith('BA'));
  return sequence('Route optimisation with a new client', steps.slice(0, end + 1));
}

/** From Prepare to the acceptor's first data (paper §6.4). */
function handoff(steps: readonly SequenceStep[]): Sequence {
  const begin = steps.findIndex(({ label }) => label.startsWith('Prepare'));
  const end = steps.findIndex(({ label }) => label.startsWith('first data'));
  return sequence('A handoff with return routability in advance', steps.slice(begin, end + 1));
}

/** The binding goes when the connection has been closed. */
function deletion(steps: readonly SequenceStep[]): Sequence {
  const begin = steps.findIndex(({ label }) => label.includes('deletes the binding'));
  return sequence('Deleting the binding of a client that has gone', steps.slice(begin));
}

function sequence(title: string, steps: readonly SequenceStep[]): Sequence {
  const zero = steps[0]?.t ?? 0;
  const messages = steps.map(({ t, arrives, from, to, label }) => ({
    ...{ from, to, label, group: groupOf(label) },
    t: t - zero,
    ...(arrives === undefined ? {} : { arrives: arrives - zero }),
  }));
  const used = lifelines.filter((name) => messages.some(({ from, to }) => from === name || to === name));
  return { title, subtitle: point, remark, lifelines: used, messages };
}

function groupOf(label: string): string {
  if (/data|acknowledgement/.test(label)) return 'data';
  if (/^(Prepare|Init|Done)/.test(label)) return 'handoff';
  return /^[HC]oT/.test(label) ? 'return routability' : 'binding';
}

async function write(name: string, drawn: Sequence): Promise<void> {
  const svg = timeSequenceSvg(drawn);
  await mkdir(figures, { recursive: true });
  await writeFile(join(figures, `${name}.svg`), svg);
  const [pngFolder] = process.argv.slice(2);
  if (pngFolder === undefined) return;
  await mkdir(pngFolder, { recursive: true });
  await writeFile(join(pngFolder, `${name}.png`), renderPng(svg));
}
