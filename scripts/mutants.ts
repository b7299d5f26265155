import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { $, type ProcessPromise } from 'zx';
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
  await $`git clone --quiet --shared ${root} ${copy}`;
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Where they fail without a fault, they would kill everything.
  const all = [...new Set(chosen.flatMap(({ tests }) => tests))];
  for (const test of all) {
    const { exitCode, signal, stdout } = await runOf([test]);
    if (exitCode === 0) continue;
    const late = signal === null ? '' : `, not over within ${PATIENCE_MS} ms`;
    throw new LabError(`tests of the mutants fail without a mutant: ${test}${late}`, {
      stderr: stdout.slice(-2000),
      remedy:
        'commit what makes them pass: the copy is of the last commit; on a busy machine wait until it is at rest',
    });
  }
  const living: Mutant[] = [];
  for (const mutant of chosen) if (!(await isKilled(mutant))) living.push(mutant);
  for (const { name, file } of living) console.log(`lives: ${name} (${file})`);
  console.log(`${chosen.length - living.length} of ${chosen.length} mutants are killed`);
  if (living.length > 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

async function isKilled({ name, file, from, to, tests }: Mutant): Promise<boolean> {
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
  const lives = (await runOf(tests)).exitCode === 0;
  writeFileSync(path, text);
  console.log(`${lives ? 'lives ' : 'killed'}  ${name}`);
  return !lives;
}

/** Of the tests in the copy. */
function runOf(tests: readonly string[]): ProcessPromise {
  const run = $({ cwd: copy, nothrow: true, quiet: true, timeout: PATIENCE_MS, timeoutSignal: 'SIGKILL' });
  return run`${process.execPath} --test ${tests}`;
}
