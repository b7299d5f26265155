import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeReport } from '../../analysis/report/report.ts';
import { writeResults } from '../../analysis/results.ts';
import fig12 from '../../experiments/fig12.ts';
import { syntheticSamples } from './synthetic-samples.ts';

export const commit = '0123456789abcdef0123456789abcdef01234567';

/** What a run at a clean commit says of itself, but for its cells. */
export const manifest = {
  experiment: 'fig12',
  ...{
    profile: 'smoke',
    settings: {},
    variants: fig12.variants,
    clock: 'virtual' as 'virtual' | 'wall',
    seed: 1,
    capture: 'headers',
  },
  ...{ commit, dirty: false, kernel: { version: '6.1.1', key: 'k', configHash: 'c' }, version: '0.1.0' },
  userland: {
    key: 'u',
    packages: { libc6: '2.36-9', iproute2: '6.1.0-3', tcpdump: '4.99.3-1', nftables: '1.0.6-2' },
  },
  ...{
    flags: 'mem=512M',
    node: 'v24.0.0',
    openssl: '3.5.0',
    programs: { runtime: 'r', programs: { member: 'm' } },
  },
  ...{
    analysis: 'a',
    host: { processorFeatures: ['avx2'], kernelCompiler: 'gcc 12' },
    timing: { startedAt: '2026-01-02T03:04:05.000Z' },
  },
};

/**
 * A folder as a finished run of Figure 12 leaves it: samples as the model gives them, cells whose captures are text. `changes`: to the
 * manifest; `other`: what another lab might measure.
 */
export async function finishedRun(
  dir: string,
  changes: object = {},
  other: { readonly laterMs?: number; readonly capture?: string } = {},
): Promise<readonly string[]> {
  const { laterMs = 0, capture = 'capture' } = other;
  const model = (p: { csMs?: number; ssMs?: number }, variant: string) =>
    laterMs + (variant === 'drain' ? 6 * p.csMs! + 3 * p.ssMs! : 4 * p.csMs! + p.ssMs!);
  const samples = syntheticSamples({
    experiment: fig12,
    profile: 'smoke',
    measure: 'handoff-gap',
    unit: 'ms',
    model,
  });
  const cells = [...new Set(samples.map(({ cell }) => cell))].sort();
  const entries = cells.map((cell, index) => ({
    cell,
    repetitions: 1,
    seed: index,
    fingerprint: `f${index}`,
  }));
  const folder = join(dir, 'fig12');
  await writeResults(folder, {
    experiment: fig12,
    samples,
    manifest: { ...manifest, cells: entries, ...changes },
  });
  for (const [index, cell] of cells.entries()) await writeCell(join(folder, 'cells', cell), index, capture);
  await mkdir(join(folder, 'plots'), { recursive: true });
  await writeFile(join(folder, 'plots', 'fig12a.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeReport(dir);
  return cells;
}

/** The captures differ in length: the first cell's is the smallest. */
async function writeCell(folder: string, index: number, capture: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = {
    'router.pcap': `${capture} ${'x'.repeat(index)}`,
    'events.jsonl': '{}\n',
    tls_keys: 'keys\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const digests = Object.entries(files).map(([name, text]) => [
    name,
    createHash('sha256').update(text).digest('hex'),
  ]);
  const record = { fingerprint: `f${index}`, files: Object.fromEntries(digests) };
  await writeFile(join(folder, 'cell.json'), JSON.stringify(record));
}
