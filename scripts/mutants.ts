import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LabError } from '../linux/lab-error.ts';
import { type Mutant, mutants } from '../test/mutants/mutants.ts';

/*
 * Puts one fault after another into a copy of the sources as they were committed, and runs the tests that are to notice it. Ends with
 * status 1 when one lives. Arguments: words that a mutant's name or file has to contain; none: all.
 */

const root = resolve(import.meta.dirname, '..');
const words = process.argv.slice(2);
const chosen = mutants.filter(({ name, file }) => words.every((word) => `${name} ${file}`.includes(word)));
/** ms for the tests of one mutant, which may wait for ever */
const PATIENCE_MS = 120_000;

const copy = mkdtempSync(join(tmpdir(), 'handoff-lab-mutants-'));
try {
  run('git', ['clone', '--quiet', '--shared', root, copy]);
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Where they fail without a fault, they would kill everything.
  const all = [...new Set(chosen.flatMap(({ tests }) => tests))];
  if (all.some((test) => !passes([test])))
    throw new LabError('tests of the mutants fail without a mutant', {
      remedy: 'commit what makes them pass: the copy is of the last commit',
    });
  const living = chosen.filter((mutant) => !isKilled(mutant));
  for (const { name, file } of living) console.log(`lives: ${name} (${file})`);
  console.log(`${chosen.length - living.length} of ${chosen.length} mutants are killed`);
  if (living.length > 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function isKilled({ name, file, from, to, tests }: Mutant): boolean {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) {
    console.log(`${name}: ${file} does not have once what is to be replaced`);
    return false;
  }
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  const lives = passes(tests);
  writeFileSync(path, text);
  console.log(`${lives ? 'lives ' : 'killed'}  ${name}`);
  return !lives;
}

function passes(tests: readonly string[]): boolean {
  const { status } = spawnSync(process.execPath, ['--test', ...tests], { cwd: copy, timeout: PATIENCE_MS });
  return status === 0;
}

function run(command: string, parameters: readonly string[]): void {
  const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new LabError(`${command} ${parameters.join(' ')} failed`, { stderr });
}
