import { namedBy } from '../experiments/any-value.ts';
import type { Claim, Clock, Condition, Experiment, Parameters, Where } from '../experiments/experiment.ts';

/** What `where` looks at: a sample, a summary or a cell. */
export interface Selectable {
  readonly parameters: Parameters;
  readonly variant: string;
  readonly clock: Clock;
}

/**
 * True when the cell satisfies every condition. A parameter without a default (see ParameterSpec) makes a cell special:
 * conditions that do not name it do not select the cell.
 */
export function selects(experiment: Experiment, where: Where, cell: Selectable): boolean {
  if (!conditionsHold(experiment, where, cell)) return false;
  return Object.keys(cell.parameters).every(
    (name) =>
      name in where ||
      experiment.parameters[name] === undefined ||
      experiment.parameters[name].default !== undefined,
  );
}

/**
 * True when the claim was made for the cell: its conditions select it, and every parameter that the claim does not name has its
 * default. What a formula says of 1 MB is no word about 100 octets.
 */
export function isMadeFor(
  experiment: Experiment,
  claim: Claim,
  cell: Selectable,
  among: Where = {},
): boolean {
  if (!conditionsHold(experiment, { ...among, ...claim.where }, cell)) return false;
  return strayed(experiment, claim, cell).length === 0;
}

/** The parameters of a cell that have left their defaults without the claim's naming them. */
export function strayed(experiment: Experiment, claim: Claim, { parameters }: Selectable): readonly string[] {
  const named = namedBy(claim);
  return Object.keys(parameters).filter(
    (name) =>
      !named.has(name) &&
      experiment.parameters[name] !== undefined &&
      parameters[name] !== experiment.parameters[name].default,
  );
}

/** What a condition of this name is compared with. A cell that is older than a parameter was run with its default. */
export function valueIn(
  { parameters }: Experiment,
  cell: Selectable,
  name: string,
): number | string | undefined {
  if (name === 'variant') return cell.variant;
  return name === 'clock' ? cell.clock : (cell.parameters[name] ?? parameters[name]?.default);
}

function conditionsHold(experiment: Experiment, where: Where, cell: Selectable): boolean {
  return Object.entries(where).every(([name, condition]) =>
    meets(valueIn(experiment, cell, name), condition),
  );
}

/** True when the value equals the condition or one of its list, or lies in its range; an absent value meets only what allows for it. */
export function meets(value: number | string | undefined, condition: Condition): boolean {
  if (isList(condition)) return condition.some((one) => one === value);
  if (typeof condition !== 'object') return value === condition;
  if (value === undefined) return condition.orUnset === true;
  if (typeof value !== 'number') return false;
  return (
    value >= (condition.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (condition.max ?? Number.POSITIVE_INFINITY)
  );
}

/** A condition that is met by one of several values. */
export function isList(condition: Condition): condition is readonly (number | string)[] {
  return Array.isArray(condition);
}

/** The groups of `items` that share a key, in order of first appearance. */
export function groupBy<Item>(
  items: Iterable<Item>,
  key: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** The names of those parameters that take more than one value in `cells`, sorted. */
export function varying(cells: readonly Selectable[]): readonly string[] {
  const names = new Set(cells.flatMap((cell) => Object.keys(cell.parameters)));
  return [...names].sort().filter((name) => new Set(cells.map((cell) => cell.parameters[name])).size > 1);
}
