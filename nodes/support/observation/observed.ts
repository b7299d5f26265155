import type { EventFields } from '../event-log.ts';

/** Labels of one value. */
export type Labels = Readonly<Record<string, string>>;

/** One quantity, with all its values at this moment. */
export interface Measured {
  /** without the prefix that all have; a count ends with `_total`, others with their unit */
  readonly name: string;
  readonly help: string;
  /** a counter only grows while the process lives */
  readonly type: 'gauge' | 'counter';
  readonly values: readonly { readonly labels?: Labels; readonly value: number }[];
}

/** How a program is, at the moment in which it is asked. */
export interface Observed {
  /** undefined: it does all that it is for; else why not */
  readonly trouble: string | undefined;
  /** for people and programs: JSON */
  readonly status: object;
  readonly metrics: readonly Measured[];
}

/** Whoever is observed; called at each question, and never otherwise. */
export type Observe = () => Observed;

/** What a program counts by names of its own, as one quantity. */
export function counted(counters: EventFields, labels: Labels = {}): Measured {
  return {
    name: 'counted_total',
    help: 'Messages, frames and packets that were dropped, refused or answered with an error, by the name of the reason in the event counters',
    type: 'counter',
    values: Object.entries(counters).flatMap(([reason, value]) =>
      typeof value === 'number' ? [{ labels: { ...labels, reason }, value }] : [],
    ),
  };
}

/** Several values of the same quantity, such as one for each contact address, as one. */
export function merged(metrics: readonly Measured[]): readonly Measured[] {
  const byName = new Map<string, Measured>();
  for (const one of metrics) {
    const before = byName.get(one.name);
    byName.set(
      one.name,
      before === undefined ? one : { ...before, values: [...before.values, ...one.values] },
    );
  }
  return [...byName.values()];
}
