import type { Experiment, GridBlock, ParameterSpec, ProfileName } from '../../experiments/experiment.ts';
import { readable } from '../bounds.ts';
import { blocksOf } from '../cells.ts';

/** What `list` tells of one parameter; all from the schema that `--set` is checked against. */
interface DescribedParameter {
  readonly name: string;
  readonly description: string;
  /** '' of counts and codes */
  readonly unit: string;
  /** absent: none of its own */
  readonly default?: number;
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  /** the values that a profile varies it over; absent where it keeps its default in all cells */
  readonly profiles: Readonly<Partial<Record<ProfileName, readonly number[]>>>;
}

const units: readonly (readonly [suffix: RegExp, unit: string])[] = [
  [/Ms$/, 'ms'],
  [/Kbit$/, 'kbit/s'],
  [/Pct$/, '%'],
  [/bytes$/i, 'octets'],
  [/PerMinute$/i, 'per minute'],
];

/** The experiment's parameters in their order. */
export function describeParameters({ parameters, profiles }: Experiment): readonly DescribedParameter[] {
  return Object.entries(parameters).map(([name, spec]) => ({
    name,
    description: spec.description,
    unit: units.find(([suffix]) => suffix.test(name))?.[1] ?? '',
    ...(spec.default === undefined ? {} : { default: spec.default }),
    min: spec.min,
    max: spec.max,
    integer: spec.integer === true,
    profiles: Object.fromEntries(
      Object.entries(profiles).flatMap(([profile, asked]) => {
        const { min, max } = asked.drawn?.between[name] ?? {};
        const ends = min === undefined || max === undefined ? [] : [{ [name]: [min, max] }];
        const values = valuesIn([...blocksOf(asked), ...ends], name, spec);
        return values === undefined ? [] : [[profile, values]];
      }),
    ),
  }));
}

/** A block that does not name the parameter has its default, if it has one. */
function valuesIn(
  grid: readonly GridBlock[],
  name: string,
  spec: ParameterSpec,
): readonly number[] | undefined {
  if (grid.every((block) => block[name] === undefined)) return undefined;
  const own = spec.default === undefined ? [] : [spec.default];
  const values = new Set(grid.flatMap((block) => block[name] ?? own));
  if (values.size === 1 && values.has(spec.default ?? Number.NaN)) return undefined;
  return [...values].sort((a, b) => a - b);
}

/** A line each, in columns: name and default, unit, bounds, meaning, what the profiles vary it over. */
export function parameterLines(parameters: readonly DescribedParameter[]): readonly string[] {
  const rows = parameters.map((one) => [
    `${one.name}=${one.default ?? '…'}`,
    one.unit,
    `${readable(one.min)} … ${readable(one.max)}${one.integer ? ', whole' : ''}`,
    `${one.description}${variation(one.profiles)}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function variation(profiles: DescribedParameter['profiles']): string {
  const each = Object.entries(profiles).map(([profile, values]) => `${profile} ${valuesText(values)}`);
  return each.length === 0 ? '' : ` [${each.join('; ')}]`;
}

/** As `--set` takes them: a range where the step is even, otherwise a list. */
function valuesText(values: readonly number[]): string {
  const [first, second, ...more] = values;
  if (first === undefined || second === undefined || more.length < 3) return values.join(',');
  const step = Number((second - first).toPrecision(12));
  const even = values.every((value, index) => Math.abs(value - (first + index * step)) < 1e-9);
  return even ? `${first}..${values.at(-1)}:${step}` : values.join(',');
}
