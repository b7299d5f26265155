import type { Sample } from '../../analysis/sample.ts';
import type { Experiment, Parameters, ProfileName } from '../../experiments/experiment.ts';
import { drawnPoints } from '../../runner/cells.ts';
import { keyedRandom } from '../../topologies/seeded-random.ts';

export interface SyntheticRun {
  readonly experiment: Experiment;
  readonly profile: ProfileName;
  readonly measure: string;
  readonly unit: string;
  /** the value without noise */
  readonly model: (p: Parameters, variant: string) => number;
  /** uniform in [0, noise) is added */
  readonly noise?: number;
}

/** Samples of an experiment's whole grid as a model gives them: what the analysis would read from a faultless run. */
export function syntheticSamples({
  experiment,
  profile,
  measure,
  unit,
  model,
  noise = 0,
}: SyntheticRun): readonly Sample[] {
  const random = keyedRandom('synthetic');
  const { grid, drawn, repetitions } = experiment.profiles[profile];
  const samples = new Map<string, Sample>();
  const blocks = [...grid, ...drawnPoints(experiment.id, drawn, 1)];
  for (const parameters of blocks.flatMap((block) => points(experiment, block))) {
    for (const variant of experiment.variants.length > 0 ? experiment.variants : ['']) {
      for (let repetition = 0; repetition < repetitions; repetition += 1) {
        const sample = aSample({ experiment: experiment.id, parameters, variant, repetition, measure, unit });
        const value = model(parameters, variant) + random() * noise;
        samples.set(`${sample.cell}|${repetition}`, { ...sample, value });
      }
    }
  }
  return [...samples.values()];
}

/** A succeeded sample; the cell is named after its parameters and variant unless `changes` says otherwise. */
export function aSample(changes: Partial<Sample>): Sample {
  const parameters = changes.parameters ?? {};
  const variant = changes.variant ?? 'drain';
  const cell = [...Object.entries(parameters).map(([name, value]) => `${name}=${value}`), variant].join(',');
  const base = {
    experiment: 'synthetic',
    cell,
    parameters,
    variant,
    clock: 'virtual',
    seed: 7,
    repetition: 0,
  } as const;
  return { ...base, measure: 'handoff-gap', unit: 'ms', outcome: 'succeeded', reason: '', ...changes };
}

function points(
  experiment: Experiment,
  block: Readonly<Record<string, readonly number[]>>,
): readonly Parameters[] {
  const defaults: Record<string, number> = {};
  for (const [name, spec] of Object.entries(experiment.parameters)) {
    if (spec.default !== undefined) defaults[name] = spec.default;
  }
  return Object.entries(block).reduce<readonly Record<string, number>[]>(
    (partial, [name, values]) =>
      partial.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [defaults],
  );
}
