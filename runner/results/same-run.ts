import { UsageError } from '../usage-error.ts';
import { unknown } from './checkout.ts';
import { compareDeterminants, determinantsOf, entriesOf } from './determinants.ts';
import type { ReadManifest } from './manifest.ts';

/** An experiment's folder of a shard. */
export interface Part {
  readonly folder: string;
  readonly manifest: ReadManifest;
}

/** What two shards of one run may differ in. */
const free = new Set(['shard', 'shardCells', 'host', 'timing']);
/** The commit is known only where git tells it. What decides the octets (programs, analysis, kernel, fingerprints) is compared in any case. */
const perhapsUnknown = new Set(['commit', 'dirty']);
/** Fields of a manifest whose parts have names of their own among the determinants. */
const composed = new Set(['userland', 'programs', 'cells']);

/** Throws UsageError, by the name of what differs, where two folders are not of one run. */
export function refuseMixed(first: Part, other: Part): void {
  const told = new Set([...Object.keys(first.manifest), ...Object.keys(other.manifest)]);
  // Cells at last: their fingerprints differ with whatever decides about them, and that has a name of its own.
  told.delete('cells');
  const names = [...told, 'cells'];
  for (const name of names.filter((candidate) => !free.has(candidate))) {
    const [a, b] = [first, other].map(({ manifest }) => JSON.stringify(manifest[name]));
    if (a === b || (perhapsUnknown.has(name) && [a, b].includes(JSON.stringify(unknown)))) continue;
    const what = (composed.has(name) && determinantThatDiffers(first, other)) || {
      name,
      is: shortened(b),
      was: shortened(a),
    };
    const problem = `has another ${what.name} than ${first.folder}: ${what.is} instead of ${what.was}`;
    throw new UsageError(field, other.folder, problem, 'merge only shards of one run at one commit');
  }
}

const field = 'merge';

/**
 * By the names that people know: libc, tcpdump, one program of the lab, the processor's features. These decide only where computing takes
 * time; the fingerprints of such cells have them.
 */
function determinantThatDiffers(
  { manifest: first }: Part,
  { manifest: other }: Part,
): { readonly name: string; readonly was: string; readonly is: string } | undefined {
  const { differing } = compareDeterminants(determinantsOf(first), determinantsOf(other));
  const decides = differing.find(
    ({ name }) => name !== 'kernel compiler' && (name !== 'processor features' || first.clock !== 'virtual'),
  );
  if (decides === undefined) return undefined;
  const { name, was = '', is = '' } = decides;
  const [before, now] = [entriesOf(was), entriesOf(is)];
  if (before === undefined || now === undefined) return { name, was, is };
  const only = (mine: ReadonlySet<string>, others: ReadonlySet<string>): string =>
    [...mine].filter((entry) => !others.has(entry)).join(', ') || 'none';
  return { name, was: shortened(only(before, now)), is: shortened(only(now, before)) };
}

/** What shards differ in that decides nothing in virtual time, so far as was compared: told, not refused. */
export function shortcomings(parts: readonly Part[]): readonly string[] {
  const [first, ...others] = parts;
  return others.flatMap((other) => {
    const { differing } = compareDeterminants(
      determinantsOf(first!.manifest),
      determinantsOf(other.manifest),
    );
    return differing
      .filter(({ name }) => name === 'kernel compiler' || name === 'processor features')
      .map(
        ({ name }) =>
          `${name}: not the same on all machines; captures were the same wherever that was compared (docs/machines.md)`,
      );
  });
}

function shortened(text: string | undefined): string {
  if (text === undefined) return 'none';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
