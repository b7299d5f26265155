import type { Countable } from '../../analysis/verdicts/counts.ts';
import {
  changesIn,
  type RecordedVerdicts,
  recordedVerdicts,
  type VerdictChange,
} from '../../analysis/verdicts/recorded.ts';
import type { Experiment } from '../../experiments/experiment.ts';
import { type ProfileName, profileNames } from '../../experiments/grid.ts';
import { type CellSelection, cellsOf } from '../cells.ts';
import type { ReadManifest } from './manifest.ts';

/** A folder of results with the verdicts in it. */
export interface JudgedFolder {
  readonly experiment: Experiment;
  /** below the run's folder */
  readonly name: string;
  readonly manifest: ReadManifest;
  readonly claims: readonly Countable[];
}

/**
 * How a run's verdicts compare with the recorded ones. Of an experiment's whole grid every verdict has to be the recorded one. Of
 * anything else (other settings, seeds or programs, a shard, an experiment of one's own) only a deviation that is not recorded counts:
 * what such a run has no evidence for, or finds better, says nothing. Where computing takes time a busy machine may lack evidence (its
 * sockets drain before they are frozen), and another one be faster: there new deviations count, and rows that are new or gone.
 */
export interface Standing {
  /** names of folders whose every verdict was compared */
  readonly whole: readonly string[];
  /** names of the others, with the reason */
  readonly partial: readonly { readonly name: string; readonly because: string }[];
  readonly changes: readonly VerdictChange[];
}

type RecordsOf = (profile: ProfileName) => RecordedVerdicts;

/** Compares with the records in the repository, or those of `recordsOf`. */
export function standingOf(
  folders: readonly JudgedFolder[],
  recordsOf: RecordsOf = recordedVerdicts,
): Standing {
  const standings = folders.map((folder): Standing => {
    const { name, claims, manifest } = folder;
    const profile = profileOf(manifest);
    const recorded = profile === undefined ? {} : recordsOf(profile);
    const because = whyPartial(folder, profile, recorded);
    const changes = changesIn(name, claims, recorded).filter(
      ({ recorded: before, now }) =>
        manifest.clock === 'virtual' || now === 'deviates' || before === undefined || now === undefined,
    );
    if (because === undefined) return { whole: [name], partial: [], changes };
    return {
      whole: [],
      partial: [{ name, because }],
      changes: changes.filter(({ now }) => now === 'deviates'),
    };
  });
  return {
    whole: standings.flatMap(({ whole }) => whole),
    partial: standings.flatMap(({ partial }) => partial),
    changes: standings.flatMap(({ changes }) => changes),
  };
}

function whyPartial(
  folder: JudgedFolder,
  profile: ProfileName | undefined,
  recorded: RecordedVerdicts,
): string | undefined {
  if (profile === undefined) return 'no profile is known of it';
  const because = unlikeProfile(folder, profile);
  if (because !== undefined) return because;
  return Object.hasOwn(recorded, folder.name) ? undefined : `nothing is recorded of it in profile ${profile}`;
}

/** The default of `--seed`: with it verdicts are recorded. */
const recordedSeed = 1;

/**
 * Why a folder is not an experiment's whole grid as its verdicts are recorded; undefined where it is. By the cells themselves: whatever
 * options made them, they are the profile's or they are not.
 */
export function unlikeProfile(
  { experiment, manifest }: Pick<JudgedFolder, 'experiment' | 'manifest'>,
  profile: ProfileName,
): string | undefined {
  const { clock, cells, shard, otherImplementations } = manifest;
  if (shard !== undefined) return `it is shard ${shard}`;
  if (otherImplementations !== undefined) return 'daemons were left out or replaced';
  const selection: CellSelection = { profile, settings: {}, variants: [], clock, seed: recordedSeed };
  const expected = cellsOf(experiment, selection);
  const present = new Map(cells.map((cell) => [cell.cell, cell]));
  const grid = `the grid of profile ${profile}`;
  if (expected.length !== present.size || expected.some(({ id }) => !present.has(id)))
    return `it is not ${grid}`;
  if (expected.some(({ id, repetitions }) => present.get(id)!.repetitions !== repetitions))
    return `its repetitions are not those of ${grid}`;
  const seeded = expected.every(({ id, seed }) => present.get(id)!.seed === seed);
  return seeded ? undefined : `verdicts are recorded with seed ${recordedSeed}`;
}

/** Undefined where a manifest names none that is known. */
export function profileOf({ profile }: ReadManifest): ProfileName | undefined {
  return profileNames.find((name) => name === profile);
}
