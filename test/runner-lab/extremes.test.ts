import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Experiment } from '../../experiments/experiment.ts';
import { everyExperiment } from '../../experiments/index.ts';
import { blocksOf } from '../../runner/cells.ts';
import { long } from '../support/long.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** One of each family, which have parameters of their own, with a variant where cells need one. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  calibration: [],
  access: [],
  fig12: ['--variant', 'drain+advance-rr'],
  frontend: [],
  parallel: [],
  takeover: [],
  churn: [],
  failover: [],
};
/** Those of a run that is not a long one. */
const SHORT = ['fig12 ssMs=2000', 'fig12 lossPct=10', 'access rateKbit=64'];

interface Extreme {
  readonly name: string;
  readonly words: readonly string[];
}

/** Each bound of each parameter, the others at their defaults. */
function extremesOf({ id, parameters, profiles }: Experiment): readonly Extreme[] {
  const varied = new Set(blocksOf(profiles.smoke!).flatMap((block) => Object.keys(block)));
  return Object.entries(parameters).flatMap(([name, { min, max, default: usual }]) =>
    [min, max]
      .filter((bound) => bound !== usual)
      .map((bound) => {
        const others = [...varied].flatMap((other) => {
          const value = parameters[other]?.default;
          return other === name || value === undefined ? [] : ['--set', `${other}=${value}`];
        });
        const words = ['run', id, '--set', `${name}=${bound}`, ...others, ...FAMILIES[id]!];
        return { name: `${id} ${name}=${bound}`, words };
      }),
  );
}

const all = everyExperiment.filter(({ id }) => FAMILIES[id] !== undefined).flatMap(extremesOf);

for (const { name, words } of all.filter((one) => long || SHORT.includes(one.name)))
  test(`${name} runs and loses no repetition, or is refused`, { timeout: 320_000 }, async () => {
    await using folder = await temporaryFolder();
    const how = ['--profile', 'smoke', '--repetitions', '1', '--jobs', '1', '--out', folder.path];
    const { status, stderr } = await runCli([...words, ...how]);
    if (status === 2) {
      // A value with the others, or a network that cannot be.
      assert.match(
        stderr,
        /^handoff-lab: (\w+: '.*' .*; .+|topology \w+ is refused:\n {2}\S+ is .*: must be )/,
      );
      return;
    }
    assert.equal(status, 0, stderr);
    const samples = await readFile(join(folder.path, words[1]!, 'samples.csv'), 'utf8');
    assert.match(samples, /,succeeded,/);
    assert.doesNotMatch(samples, /,failed,/);
  });

test('the short run’s points are among them', () => {
  const names = all.map(({ name }) => name);
  for (const one of SHORT) assert.ok(names.includes(one), one);
});
