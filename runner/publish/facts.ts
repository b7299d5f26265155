import { startedAt } from '../../analysis/results.ts';
import { determinantsOf } from '../results/determinants.ts';
import type { ReadManifest } from '../results/manifest.ts';
import type { CheckedExperiment } from './check-run.ts';
import type { CrateFacts } from './ro-crate.ts';

/** What the manifests of a run say together, for its crate. */
export function crateFactsOf(name: string, experiments: readonly CheckedExperiment[]): CrateFacts {
  const manifests = experiments.map(({ manifest }) => manifest);
  const [first] = manifests as [ReadManifest, ...ReadManifest[]];
  const begun = manifests.map(startedAt).sort()[0]!;
  const count = (of: (manifest: ReadManifest) => number) =>
    manifests.reduce((sum, manifest) => sum + of(manifest), 0);
  const cells = count((manifest) => manifest.cells.length);
  const repetitions = count(repetitionsOf);
  const { commit, kernel, Node, OpenSSL, libc, iproute2, tcpdump, nftables, flags } = determinantsOf(first);
  const told = { commit, kernel, Node, OpenSSL, libc, iproute2, tcpdump, nftables, flags };
  return {
    name,
    description: `Profile ${first.profile}: ${experiments.map((each) => each.name).join(', ')}; ${cells} cells, ${repetitions} repetitions.`,
    commit: String(first.commit),
    version: String(first.version),
    startedAt: begun,
    command: commandOf(manifests),
    parameters: {
      seed: String(first.seed),
      profile: String(first.profile),
      clock: distinct(manifests.map(({ clock }) => clock)).join(', '),
      ...Object.fromEntries(Object.entries(told).map(([key, value]) => [key, value ?? 'unknown'])),
    },
  };
}

/** The command that measures it again at its commit. */
export function commandOf(manifests: readonly ReadManifest[]): string {
  const [first] = manifests;
  const settings = manifests.some(({ settings: set }) => Object.keys(set ?? {}).length > 0);
  // An experiment on several clocks has a manifest for each; without --clock it is the virtual one.
  const names = distinct(manifests.map(({ experiment }) => experiment));
  const clocks = distinct(manifests.map(({ clock }) => clock));
  const flags = clocks.join() === 'virtual' ? '' : clocks.map((clock) => ` --clock ${clock}`).join('');
  const words = `bin/handoff-lab run ${names.join(' ')} --profile ${first?.profile} --seed ${first?.seed}${flags}`;
  return settings ? `${words} (with settings: see manifest.json of each)` : words;
}

export function repetitionsOf({ cells }: ReadManifest): number {
  return cells.reduce((sum, { repetitions }) => sum + Number(repetitions ?? 0), 0);
}

function distinct<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}
