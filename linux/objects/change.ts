import type { KernelObject } from './types.ts';

/** One change of one kernel object; an update replaces `previous`, which has the same identity. */
export type Change =
  | { readonly verb: 'add' | 'remove'; readonly object: KernelObject }
  | { readonly verb: 'update'; readonly object: KernelObject; readonly previous: KernelObject };

/** What became of a change: done, or why not. */
export type Outcome = { readonly failure?: unknown };

/** What carries changes out one by one. */
export interface ChangesOneByOne {
  add(object: KernelObject): void;
  update(object: KernelObject, previous: KernelObject): void;
  remove(object: KernelObject): void;
}

/** Carries `changes` out in this order, up to the first failure; outcomes of those that were tried. */
export function oneByOne(store: ChangesOneByOne, changes: readonly Change[]): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const change of changes) {
    try {
      if (change.verb === 'update') store.update(change.object, change.previous);
      else store[change.verb](change.object);
      outcomes.push({});
    } catch (failure) {
      outcomes.push({ failure });
      break;
    }
  }
  return outcomes;
}

/** `changes` cut into runs whose members are all alike to `isAlike`, or stand alone. */
export function runsOf(changes: readonly Change[], isAlike: (change: Change) => boolean): Change[][] {
  const runs: Change[][] = [];
  let open = false;
  for (const change of changes) {
    const alike = isAlike(change);
    if (open && alike) runs.at(-1)!.push(change);
    else runs.push([change]);
    open = alike;
  }
  return runs;
}
