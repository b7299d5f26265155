import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { nameOfStored, readStored, storedPath } from '../stored-file.ts';

/** The names that two lists share, and those that only one of them has. */
export interface Pairing {
  readonly common: readonly string[];
  readonly onlyLeft: readonly string[];
  readonly onlyRight: readonly string[];
}

/** Sorts the names of two lists by where they stand. */
export function pair(lefts: readonly string[], rights: readonly string[]): Pairing {
  return {
    common: lefts.filter((name) => rights.includes(name)),
    onlyLeft: lefts.filter((name) => !rights.includes(name)),
    onlyRight: rights.filter((name) => !lefts.includes(name)),
  };
}

/** The cells that the manifest counts in, of those that are there; without a manifest all that are there. */
export function cellsIn(experiment: string, manifest: Readonly<Record<string, unknown>>): readonly string[] {
  const present = foldersIn(join(experiment, 'cells')).filter((name) => !name.endsWith('.partial'));
  if (!Array.isArray(manifest.cells)) return present;
  const counted = new Set(manifest.cells.map((entry: { readonly cell?: unknown }) => entry.cell));
  return present.filter((name) => counted.has(name));
}

/** `manifest.json`, or nothing where there is none. Throws DecodeError for one that is no JSON. */
export function manifestIn(folder: string): Readonly<Record<string, unknown>> {
  const text = textOf(join(folder, 'manifest.json'));
  if (text === '') return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new DecodeError('illegal-value', join(folder, 'manifest.json'), 'no JSON');
  }
}

/** The file's text, however it is kept; '' where there is no such file. */
export function textOf(file: string): string {
  return storedPath(file) === undefined ? '' : readStored(file).toString('utf8');
}

/** Names of the folders in a folder, sorted. */
export function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Names of the files in a folder, sorted; how they are kept is no part of a name. */
export function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => nameOfStored(entry.name))
    .sort();
}

/** The names in either list, sorted. */
export function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].sort();
}
