import { LabError } from './lab-error.ts';
import { type Change, oneByOne } from './objects/change.ts';
import { describe, identity, KernelObjects, type ObjectStore, sameObject } from './objects/objects.ts';
import type { KernelObject } from './objects/types.ts';

/** A wanted object that the kernel has differently or not at all. */
interface Deviation {
  readonly wanted: KernelObject;
  /** absent: missing */
  readonly actual?: KernelObject;
  /** both in words */
  readonly text: string;
}

/** A change that has to be made, if any, and how to note it once it is. */
interface Step {
  readonly change?: Change;
  readonly note: () => void;
}

interface Applied {
  object: KernelObject;
  readonly groups: Set<string>;
}

/**
 * Makes the kernel hold what is wanted, and nothing else that it added itself. What is wanted comes in groups, each a
 * full list that replaces the group's earlier one. Groups may share equal objects, which go when the last group lets go.
 *
 * Contract on order: within one `set`, objects gone are removed first, in reverse; then the list is walked in the given
 * order, each object added or updated. When anything of a group changes, all its route optimisation states and
 * policies are updated too: the kernel goes on using cached routes built from the old care-of address until then.
 * An ESP association whose addresses change, or that is wanted again later, goes on from its replay counters.
 *
 * Errors: LabError with the object as an `ip` command and the kernel's words. Changes go to the kernel together where it can take them so,
 * and those behind the one that it refused may then be made. What was done stays and is remembered, before the failure or
 * behind it: `clear` removes it.
 */
export class Reconciler implements Disposable {
  readonly #store: ObjectStore;
  readonly #applied = new Map<string, Applied>();
  readonly #groups = new Map<string, string[]>();
  readonly #release: () => void;

  /** `store` is the kernel of the caller's network namespace unless a test gives another. */
  constructor(store?: ObjectStore) {
    const kernel = store === undefined ? new KernelObjects() : undefined;
    this.#store = store ?? kernel!;
    this.#release = () => kernel?.close();
  }

  /** Makes `objects`, in this order, what `group` wants. The same list again does nothing. */
  set(group: string, objects: readonly KernelObject[]): void {
    const wanted = uniquelyNamed(group, objects);
    this.#refuseConflicts(group, wanted);
    const before = this.#groups.get(group) ?? [];
    const gone = before.filter((name) => !wanted.has(name));
    const stale = new Set(
      [...wanted].filter(([name, object]) => !this.#holds(group, name, object)).map(([n]) => n),
    );
    if (gone.length === 0 && stale.size === 0) return;
    // What has changed may rest on any group that came before, a route on a later tunnel: `clearAll` begins with it.
    this.#groups.delete(group);
    this.#groups.set(group, before);
    this.#carryOut([
      ...this.#removals(group, gone),
      ...[...wanted].map(([name, object]) => this.#application(group, name, object, stale.has(name))),
    ]);
  }

  /** Removes what only `group` wants, last added first. */
  clear(group: string): void {
    this.#carryOut(this.#removals(group, this.#groups.get(group) ?? []));
    this.#groups.delete(group);
  }

  /** Clears all groups, last changed first, going on after failures; throws the first failure at the end. */
  clearAll(): void {
    const failures: unknown[] = [];
    for (const group of [...this.#groups.keys()].reverse()) {
      for (const name of [...(this.#groups.get(group) ?? [])].reverse()) {
        try {
          this.#carryOut(this.#removals(group, [name]));
        } catch (failure) {
          failures.push(failure);
        }
      }
      this.#groups.delete(group);
    }
    this.#applied.clear();
    if (failures.length > 0) throw failures[0];
  }

  /** What the kernel holds differently from what `group` (absent: every group) wants; empty when all is as wanted. */
  readBack(group?: string): Deviation[] {
    const names = group === undefined ? [...this.#applied.keys()] : (this.#groups.get(group) ?? []);
    const wanted = names.map((name) => this.#applied.get(name)!.object);
    const kinds = new Set(wanted.map(({ kind }) => kind));
    const actual = new Map(
      [...kinds].flatMap((kind) => this.#store.list(kind)).map((found) => [identity(found), found]),
    );
    return wanted.flatMap((object) => deviation(object, actual.get(identity(object))));
  }

  /** How many objects are wanted. */
  get size(): number {
    return this.#applied.size;
  }

  /** Whether some group wants an object of this identity. */
  wants(object: KernelObject): boolean {
    return this.#applied.has(identity(object));
  }

  /** Closes the sockets; kernel objects stay. */
  close(): void {
    this.#release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #holds(group: string, name: string, object: KernelObject): boolean {
    const applied = this.#applied.get(name);
    return applied?.groups.has(group) === true && sameObject(applied.object, object);
  }

  /** An object that another group wants too may not change under it. */
  #refuseConflicts(group: string, wanted: ReadonlyMap<string, KernelObject>): void {
    for (const [name, object] of wanted) {
      const applied = this.#applied.get(name);
      const others = [...(applied?.groups ?? [])].filter((other) => other !== group);
      if (applied === undefined || others.length === 0 || sameObject(applied.object, object)) continue;
      throw new LabError(`groups "${group}" and "${others[0]}" want one kernel object in two versions`, {
        command: `${describe(object)}\n  against: ${describe(applied.object)}`,
        remedy: `clear or change group "${others[0]}" first`,
      });
    }
  }

  #application(group: string, name: string, object: KernelObject, stale: boolean): Step {
    const applied = this.#applied.get(name);
    const join = (): void => {
      const names = this.#groups.get(group) ?? [];
      if (!names.includes(name)) this.#groups.set(group, [...names, name]);
    };
    if (applied === undefined) {
      const note = (): void => {
        this.#applied.set(name, { object, groups: new Set([group]) });
        join();
      };
      return { change: { verb: 'add', object }, note };
    }
    const differs = stale && !sameObject(applied.object, object);
    const note = (): void => {
      applied.object = object;
      applied.groups.add(group);
      join();
    };
    if (!differs && !cachedByRoutes(object)) return { note };
    return { change: { verb: 'update', object, previous: applied.object }, note };
  }

  /** Lets go of these objects, last first. */
  #removals(group: string, names: readonly string[]): Step[] {
    return [...names].reverse().flatMap((name) => {
      const applied = this.#applied.get(name);
      if (applied === undefined) return [];
      const note = (): void => {
        applied.groups.delete(group);
        if (applied.groups.size === 0) this.#applied.delete(name);
        const left = this.#groups.get(group)?.filter((other) => other !== name) ?? [];
        this.#groups.set(group, left);
      };
      if (applied.groups.size > 1) return [{ note }];
      return [{ change: { verb: 'remove', object: applied.object } as const, note }];
    });
  }

  /** Notes what was done, also behind what was refused; throws the first refusal. */
  #carryOut(steps: readonly Step[]): void {
    const changes = steps.flatMap(({ change }) => change ?? []);
    const outcomes = this.#store.changeAll?.(changes) ?? oneByOne(this.#store, changes);
    const failed = outcomes.find(({ failure }) => failure !== undefined);
    let tried = 0;
    for (const { change, note } of steps) {
      const outcome = change === undefined ? {} : outcomes[tried++];
      if (outcome === undefined) break;
      if (outcome.failure === undefined) note();
    }
    if (failed !== undefined) throw failed.failure;
  }
}

/** ESP states are not: their address change is a replacement, which the policies' update then picks up. */
function cachedByRoutes({ kind }: KernelObject): boolean {
  return kind === 'mobility-state' || kind === 'xfrm-policy';
}

function uniquelyNamed(group: string, objects: readonly KernelObject[]): Map<string, KernelObject> {
  const named = new Map<string, KernelObject>();
  for (const object of objects) {
    const name = identity(object);
    if (named.has(name)) {
      throw new LabError(`group "${group}" wants one kernel object twice`, {
        command: describe(object),
        remedy: 'give each object once in a group',
      });
    }
    named.set(name, object);
  }
  return named;
}

function deviation(wanted: KernelObject, actual: KernelObject | undefined): Deviation[] {
  if (actual === undefined) return [{ wanted, text: `missing: ${describe(wanted)}` }];
  if (sameObject(wanted, actual)) return [];
  return [{ wanted, actual, text: `wanted: ${describe(wanted)}\nactual: ${describe(actual)}` }];
}
