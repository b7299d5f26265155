import type { KernelConnection, ObjectAdapter } from './adapter.ts';
import { addressAdapter } from './address.ts';
import { type Change, type ChangesOneByOne, type Outcome, oneByOne, runsOf } from './change.ts';
import { NetlinkConnection } from './connection.ts';
import { espStateAdapter, readReplayCounters } from './esp-state.ts';
import { mobilityStateAdapter } from './mobility-state.ts';
import { routeAdapter } from './route.ts';
import { localRuleAdapter, ruleAdapter } from './rule.ts';
import { tunnelAdapter } from './tunnel.ts';
import type { EspStateObject, KernelObject, ReplayCounters } from './types.ts';
import { policyAdapter } from './xfrm-policy.ts';

/** What a Reconciler needs of a kernel; `KernelObjects` is the real one. */
export interface ObjectStore extends ChangesOneByOne {
  /** Carries changes out in this order; outcomes of those that were tried, which may go beyond a failure. Absent: one by one. */
  changeAll?(changes: readonly Change[]): readonly Outcome[];
  /** canonical forms of all objects of the kind that the kernel has */
  list(kind: KernelObject['kind']): KernelObject[];
}

const ADAPTERS: { readonly [K in KernelObject['kind']]: ObjectAdapter<Extract<KernelObject, { kind: K }>> } =
  {
    address: addressAdapter,
    tunnel: tunnelAdapter,
    route: routeAdapter,
    rule: ruleAdapter,
    'local-rule': localRuleAdapter,
    'mobility-state': mobilityStateAdapter,
    'esp-state': espStateAdapter,
    'xfrm-policy': policyAdapter,
  };

const identities = new WeakMap<KernelObject, string>();

/** What the kernel keys the object by: two objects of one identity cannot both exist. */
export function identity(object: KernelObject): string {
  let found = identities.get(object);
  if (found === undefined) {
    found = `${object.kind} ${adapterOf(object).identity(object)}`;
    identities.set(object, found);
  }
  return found;
}

/** The object as the equivalent `ip` command's words, without the verb. */
export function describe(object: KernelObject): string {
  return adapterOf(object).describe(object);
}

/** The object with all defaults filled in, as `list` reports it. */
export function canonical(object: KernelObject): KernelObject {
  return adapterOf(object).canonical(object);
}

/** Whether two objects are the same to the kernel. */
export function sameObject(one: KernelObject, other: KernelObject): boolean {
  return fingerprint(one) === fingerprint(other);
}

/** Kernel objects of the caller's network namespace, through netlink. Errors: NetlinkError with the request and the kernel's words. */
export class KernelObjects implements ObjectStore, Disposable {
  readonly #connection = new NetlinkConnection();

  add(object: KernelObject): void {
    adapterOf(object).add(object, this.#connection);
  }

  update(object: KernelObject, previous: KernelObject): void {
    adapterOf(object).update(object, previous, this.#connection);
  }

  remove(object: KernelObject): void {
    adapterOf(object).remove(object, this.#connection);
  }

  /** Neighbours whose every change is one message go to the kernel together: it works on all of them, also behind one that it refuses. */
  changeAll(changes: readonly Change[]): readonly Outcome[] {
    const outcomes: Outcome[] = [];
    for (const run of runsOf(changes, ({ object }) => adapterOf(object).message !== undefined)) {
      const together = run.flatMap(({ verb, object }) => adapterOf(object).message?.(verb, object) ?? []);
      if (together.length > 0) outcomes.push(...this.#connection.xfrm.requestAll(together));
      else outcomes.push(...oneByOne(this, run));
      if (outcomes.some(({ failure }) => failure !== undefined)) break;
    }
    return outcomes;
  }

  list(kind: KernelObject['kind']): KernelObject[] {
    const list: (kernel: KernelConnection) => KernelObject[] = ADAPTERS[kind].list;
    return list(this.#connection);
  }

  /** An ESP association's counters now, for a backup node's copy. */
  replayCounters(state: EspStateObject): ReplayCounters {
    return readReplayCounters(state, this.#connection);
  }

  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The table is total over kinds, so an object's adapter takes that object; TypeScript cannot follow the correlation. */
function adapterOf(object: KernelObject): ObjectAdapter<KernelObject> {
  return ADAPTERS[object.kind] as unknown as ObjectAdapter<KernelObject>;
}

const fingerprints = new WeakMap<KernelObject, string>();

/** Once per object, which nobody changes: a handoff compares the same ones again and again. */
function fingerprint(object: KernelObject): string {
  let found = fingerprints.get(object);
  if (found === undefined) {
    found = JSON.stringify(sorted(canonical(object)));
    fingerprints.set(object, found);
  }
  return found;
}

function sorted(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, content]) => content !== undefined);
  return Object.fromEntries(
    entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, content]) => [key, sorted(content)]),
  );
}
