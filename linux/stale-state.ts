import { identity, type ObjectStore } from './objects/objects.ts';
import { type KernelObject, MOBILITY_HEADER } from './objects/types.ts';

/** By what a daemon knows kernel state of its own kind, left behind by one that was killed. */
export interface OwnMarks {
  /** device names of tunnels */
  readonly tunnelNames: RegExp;
  /** preferences of routing rules */
  readonly rulePreferences: readonly number[];
  /** security parameter indices of ESP associations */
  readonly securityParameterIndices: readonly number[];
}

type Kind = KernelObject['kind'];

/**
 * In this order nothing that still has a user is removed: policies before the states they use, rules before the tunnels that
 * they lead to. Routes through a tunnel go with its device.
 */
const ORDER: readonly Kind[] = [
  'rule',
  'local-rule',
  'xfrm-policy',
  'mobility-state',
  'esp-state',
  'tunnel',
  'address',
];

/**
 * Removes all kernel state that carries the marks, and says what it was. To be called by the namespace's one daemon
 * (`claimNamespace`) before it makes state: sub-policies, Home Address option and type 2 routing header states and home
 * addresses serve Mobile IPv6 alone, so all of them count as its own. Throws LabError when the kernel refuses.
 */
export function removeStale(store: ObjectStore, marks: OwnMarks): KernelObject[] {
  const stale = ownObjects(store, marks);
  for (const object of stale) store.remove(object);
  return stale;
}

/** All kernel state that carries the marks, each object once; routes, which go with their tunnels, are left out. */
export function ownObjects(store: ObjectStore, marks: OwnMarks): KernelObject[] {
  const own = ORDER.flatMap((kind) => store.list(kind)).filter((object) => isOwn(object, marks));
  // The kernel may list an object twice while it is being looked up; the second removal would fail.
  return [...new Map(own.map((object) => [nameOf(object), object])).values()];
}

function nameOf(object: KernelObject): string {
  // An association's identity leaves its addresses out, and two namespaces' worth of them may share an index.
  return object.kind === 'esp-state' ? `${identity(object)} ${object.destination}` : identity(object);
}

function isOwn(object: KernelObject, marks: OwnMarks): boolean {
  switch (object.kind) {
    case 'tunnel':
      return marks.tunnelNames.test(object.name);
    case 'rule':
      return marks.rulePreferences.includes(object.preference);
    case 'esp-state':
      return marks.securityParameterIndices.includes(object.spi);
    case 'xfrm-policy':
      return object.list === 'sub' || object.selector.protocol === MOBILITY_HEADER;
    case 'address':
      return object.homeAddress === true && object.device === 'lo';
    case 'mobility-state':
    case 'local-rule':
      return true;
    case 'route':
      return false;
    default:
      return object satisfies never;
  }
}
