import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const example = resolve(import.meta.dirname, '../../examples/impatient-variant.ts');

test('a variant of one’s own is run, analysed and compared like the paper’s', {
  timeout: 400_000,
}, async () => {
  await using folder = await temporaryFolder();
  const out = join(folder.path, 'out');
  const words = ['--profile', 'smoke', '--set', 'csMs=40', '--set', 'ssMs=20', '--out', out];
  const run = await runCli(['run', 'fig12', '--variant', 'advance-rr', '--variant', example, ...words]);
  assert.equal(run.status, 0, run.stderr);
  const samples = await readFile(join(out, 'fig12/samples.csv'), 'utf8');
  const gapOf = (variant: string): number =>
    Number(new RegExp(`,${variant},handoff-gap,([\\d.]+),ms,succeeded`).exec(samples)?.[1]);
  // Its tests are over long before Init: as of the paper's whose state keeps the line busy meanwhile.
  const [ours, own] = [gapOf('advance-rr'), gapOf('impatient~000201')];
  assert.ok(own > 400 && own <= ours + 1, `${own} ms, ${ours} ms`);
  const compared = await runCli(['compare', out, '--a', 'advance-rr', '--b', example]);
  assert.equal(compared.status, 0, compared.stderr);
  assert.match(compared.stdout, /impatient~000201/);
});
