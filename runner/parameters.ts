import type { Experiment, GridBlock, ParameterSpec } from '../experiments/experiment.ts';
import { readableBounds } from './bounds.ts';
import { UsageError } from './usage-error.ts';

const maximumValues = 10_000;

/**
 * Reads the `--set` arguments of several experiments, a block for each: one takes what it has a parameter for. Throws
 * UsageError as `parseSettings` does, and for a name that none of them has.
 */
export function settingsOf(
  experiments: readonly Experiment[],
  settings: readonly string[],
): readonly GridBlock[] {
  const [only] = experiments;
  if (experiments.length === 1 && only !== undefined) return [parseSettings(only, settings)];
  for (const setting of settings) {
    const name = nameOf(setting);
    if (experiments.some(({ parameters }) => parameters[name] !== undefined)) continue;
    const known = new Set(experiments.flatMap(({ parameters }) => Object.keys(parameters)));
    const ids = experiments.map(({ id }) => id).join(', ');
    const remedy = `use one of: ${[...known].join(', ')}`;
    throw new UsageError('--set', name, `is a parameter of none of ${ids}`, remedy);
  }
  return experiments.map((experiment) => {
    const own = settings.filter((setting) => experiment.parameters[nameOf(setting)] !== undefined);
    return parseSettings(experiment, own);
  });
}

/**
 * Reads the `--set` arguments of an experiment: `name=value`, `name=a,b,c` or `name=a..b:step`.
 * Throws UsageError for an unknown name, a value that is no number, or one outside the parameter's bounds.
 */
export function parseSettings(experiment: Experiment, settings: readonly string[]): GridBlock {
  const block: Record<string, readonly number[]> = {};
  for (const setting of settings) {
    const name = nameOf(setting);
    const spec = experiment.parameters[name];
    if (spec === undefined) {
      const known = Object.keys(experiment.parameters).join(', ');
      const remedy = known === '' ? 'it has none' : `use one of: ${known}`;
      throw new UsageError('--set', name, `is no parameter of ${experiment.id}`, remedy);
    }
    if (block[name] !== undefined)
      throw new UsageError('--set', setting, 'sets the same name twice', 'give one list: a,b,c');
    block[name] = parseValues(name, setting.slice(name.length + 1), spec);
  }
  return block;
}

/** Checks one value against its parameter's bounds. Throws UsageError. */
export function checkValue(name: string, value: number, spec: ParameterSpec): number {
  const bounds = `give a ${spec.integer ? 'whole ' : ''}number ${readableBounds(spec.min, spec.max, value)}`;
  if (value < spec.min || value > spec.max)
    throw new UsageError(name, String(value), 'is out of bounds', bounds);
  if (spec.integer && !Number.isInteger(value))
    throw new UsageError(name, String(value), 'is not whole', bounds);
  return value;
}

function nameOf(setting: string): string {
  const equals = setting.indexOf('=');
  if (equals > 0) return setting.slice(0, equals);
  throw new UsageError('--set', setting, 'is not name=value', 'write for example --set csMs=40');
}

function parseValues(name: string, text: string, spec: ParameterSpec): readonly number[] {
  const range = /^([^.,:]+(?:\.\d+)?)\.\.([^:]+):(.+)$/.exec(text);
  if (range !== null) return parseRange(name, text, range, spec);
  const values = text.split(',').map((word) => checkValue(name, parseNumber(name, word), spec));
  if (new Set(values).size < values.length)
    throw new UsageError(name, text, 'names a value twice', 'name each value once');
  return values;
}

function parseRange(
  name: string,
  text: string,
  range: RegExpExecArray,
  spec: ParameterSpec,
): readonly number[] {
  const [first, last, step] = range.slice(1).map((word) => parseNumber(name, word)) as [
    number,
    number,
    number,
  ];
  if (step <= 0 || last < first)
    throw new UsageError(name, text, 'is an empty range', 'write a..b:step with a ≤ b and step > 0');
  const count = Math.floor((last - first) / step + 1e-9) + 1;
  if (count > maximumValues)
    throw new UsageError(name, text, `has ${count} values`, `stay below ${maximumValues}`);
  return Array.from({ length: count }, (_, index) =>
    checkValue(name, Number((first + index * step).toPrecision(12)), spec),
  );
}

function parseNumber(name: string, word: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word.trim())) {
    throw new UsageError(
      name,
      word,
      'is not a number',
      'write a plain number such as 40 or 2.5, a list a,b,c or a range a..b:step',
    );
  }
  return Number(word);
}
