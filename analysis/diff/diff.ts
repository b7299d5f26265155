import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { digestsFile, type FileDigests, keptDigests } from '../kept-digests.ts';
import { storedPath } from '../stored-file.ts';
import { diffCaptures } from './captures.ts';
import { cellsIn, filesIn, foldersIn, manifestIn, type Pairing, pair, textOf, union } from './folders.ts';
import { firstDifferentOctet } from './octets.ts';
import { diffRows } from './rows.ts';

type Kind = 'capture' | 'cell' | 'experiment' | 'results';

/** What may differ between two runs that are the same otherwise. */
const freeFields = new Set(['host', 'timing']);
const tables = ['claims.csv', 'summary.csv', 'samples.csv'];

/**
 * What differs between two results folders, two experiments, two cells or two captures, as lines for people; empty when
 * they are the same but for the manifest's `host` and `timing`. The first difference of the first different capture is
 * told packet for packet; further captures are named. Throws DecodeError for two things that cannot be compared.
 */
export function diffResults(a: string, b: string): readonly string[] {
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (kind !== other) throw new DecodeError('illegal-value', b, `is a ${other} folder, ${a} a ${kind}`);
  return [...differences(kind, a, b)];
}

function kindOf(path: string): Kind {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new DecodeError('illegal-value', path, 'is not there');
  if (found.isFile()) return 'capture';
  // A soak's folder has the same files as a cell's.
  if (['cell.json', 'soak.json'].some((name) => existsSync(join(path, name)))) return 'cell';
  return ['cells', 'manifest.json'].some((name) => existsSync(join(path, name))) ? 'experiment' : 'results';
}

function* differences(kind: Kind, a: string, b: string): Generator<string> {
  switch (kind) {
    case 'capture':
      yield* diffCaptures(a, b) ?? [];
      return;
    case 'cell':
      yield* diffCell(a, b, true);
      return;
    case 'experiment':
      yield* diffExperiment(a, b, '');
      return;
    case 'results':
      yield* diffResultsFolder(a, b);
      return;
    default:
      kind satisfies never;
  }
}

function* diffResultsFolder(a: string, b: string): Generator<string> {
  const [lefts, rights] = [foldersIn(a), foldersIn(b)];
  const experiments = (dir: string, names: readonly string[]) =>
    names.filter(
      (name) => existsSync(join(dir, name, 'cells')) || existsSync(join(dir, name, 'manifest.json')),
    );
  const both = pair(experiments(a, lefts), experiments(b, rights));
  if (both.common.length + both.onlyLeft.length + both.onlyRight.length === 0)
    throw new DecodeError('illegal-value', a, 'holds no results');
  yield* lonely(both, 'experiment', a, b);
  for (const name of both.common) yield* diffExperiment(join(a, name), join(b, name), `${name}: `);
  // A published run's report leads to what lies beside it there.
  if (isPublished(a) === isPublished(b)) yield* diffReports(join(a, 'report.html'), join(b, 'report.html'));
}

/** Kernels of two compilers count as one (docs/machines.md); where something differs all the same, they are the first to be looked at. */
function* diffExperiment(a: string, b: string, prefix: string): Generator<string> {
  const lines: readonly string[] = [...diffContent(a, b, prefix)];
  const [left, right] = [a, b].map((folder) => compilerIn(manifestIn(folder)));
  if (lines.length > 0 && left !== right)
    yield `${prefix}the lab kernels were compiled by ${left} and ${right}`;
  yield* lines;
}

function compilerIn({ host }: Readonly<Record<string, unknown>>): string {
  const { kernelCompiler } = (host ?? {}) as { readonly kernelCompiler?: unknown };
  return typeof kernelCompiler === 'string' ? kernelCompiler : 'an unknown compiler';
}

function* diffContent(a: string, b: string, prefix: string): Generator<string> {
  const [left, right] = [manifestIn(a), manifestIn(b)];
  yield* diffManifests(left, right, prefix);
  const present = [cellsIn(a, left), cellsIn(b, right)] as const;
  const digests = [keptDigests(a, present[0]), keptDigests(b, present[1])] as const;
  const known = present.map((names, side) => union(names, [...digests[side]!.keys()])) as [
    string[],
    string[],
  ];
  const cells = pair(...known);
  // A folder with an analysis alone has none, and no digests.
  if (known.every((names) => names.length > 0)) yield* lonely(cells, `${prefix}cell`, a, b);
  const whole = cells.common.filter((name) => present.every((names) => names.includes(name)));
  yield* diffCells(join(a, 'cells'), join(b, 'cells'), whole, prefix);
  for (const cell of cells.common.filter((name) => !whole.includes(name)))
    yield* diffDigests(digests[0].get(cell), digests[1].get(cell), `${prefix}cell ${cell}`);
  for (const table of tables) {
    const [one, other] = [textOf(join(a, table)), textOf(join(b, table))];
    for (const line of diffRows(table, one, other)) yield `${prefix}${line}`;
  }
  const told = new Set([...tables, 'manifest.json', digestsFile]);
  for (const folder of ['', ...union(foldersIn(a), foldersIn(b)).filter((name) => name !== 'cells')]) {
    for (const name of union(filesIn(join(a, folder)), filesIn(join(b, folder))))
      if (!told.has(name)) yield* diffFile(join(a, folder, name), join(b, folder, name));
  }
}

/** The first different cell in full, of the others a line each. */
function* diffCells(a: string, b: string, cells: readonly string[], prefix: string): Generator<string> {
  let decode: boolean = true;
  for (const cell of cells) {
    const lines: readonly string[] = [...diffCell(join(a, cell), join(b, cell), decode)];
    if (lines.length === 0) continue;
    yield `${prefix}cell ${cell} differs${decode ? ':' : `: ${lines[0]}`}`;
    if (decode) yield* lines.map((line) => `  ${line}`);
    decode = false;
  }
}

/** Of a cell that one side has not kept: what its files were. */
function* diffDigests(a: FileDigests = {}, b: FileDigests = {}, name: string): Generator<string> {
  const other = Object.keys(a).filter((file) => b[file] !== undefined && a[file] !== b[file]);
  if (other.length > 0) yield `${name} differs by its digests: ${other.join(', ')}`;
}

/** The day on which a run was measured is no part of its results. */
function* diffReports(a: string, b: string): Generator<string> {
  const [left, right] = [a, b].map((file) => textOf(file).replaceAll(/<time>[^<]*<\/time>/g, ''));
  if (left !== right) yield* diffFile(a, b);
}

function isPublished(folder: string): boolean {
  return existsSync(join(folder, 'SHA256SUMS'));
}

function* diffCell(a: string, b: string, decode: boolean): Generator<string> {
  const capture = 'router.pcap';
  const [lefts, rights] = [filesIn(a), filesIn(b)];
  // What the analysis has read from a capture follows from it; a published run does not keep it.
  const derived = (name: string) =>
    name === 'samples.json' && !(lefts.includes(name) && rights.includes(name));
  const names = union(lefts, rights).filter((name) => name !== capture && !derived(name));
  for (const name of [capture, ...names]) {
    const [left, right] = [join(a, name), join(b, name)];
    const both = storedPath(left) !== undefined && storedPath(right) !== undefined;
    if (decode && both && name === capture) yield* diffCaptures(left, right) ?? [];
    else if (both && name === 'events.jsonl') yield* diffLines(left, right);
    else yield* diffFile(left, right);
  }
}

function* diffManifests(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  prefix: string,
): Generator<string> {
  for (const name of union(Object.keys(a), Object.keys(b))) {
    const [left, right] = [JSON.stringify(a[name]), JSON.stringify(b[name])];
    if (freeFields.has(name) || left === right) continue;
    yield `${prefix}manifest.json: ${name}${name === 'cells' ? '' : ` ${left} ≠ ${right}`}`;
  }
}

function* diffLines(a: string, b: string): Generator<string> {
  const [lefts, rights] = [textOf(a).split('\n'), textOf(b).split('\n')];
  const index = lefts.findIndex((line, at) => line !== rights[at]);
  if (index < 0 && lefts.length === rights.length) return;
  const at = index < 0 ? lefts.length : index;
  yield `events.jsonl: first different line is ${at + 1}`;
  yield `  ${a}: ${lefts[at] || 'no further event'}`;
  yield `  ${b}: ${rights[at] || 'no further event'}`;
}

function* diffFile(a: string, b: string): Generator<string> {
  const [left, right] = [a, b].map((file) => storedPath(file) !== undefined);
  if (left !== right) yield `${left ? a : b}: the other run has no such file`;
  if (!left || !right) return;
  const octet = firstDifferentOctet(a, b);
  if (octet !== undefined) yield `${b} differs from ${a}, from octet ${octet} on`;
}

function* lonely({ onlyLeft, onlyRight }: Pairing, what: string, a: string, b: string): Generator<string> {
  for (const name of onlyLeft) yield `${what} ${name}: only in ${a}`;
  for (const name of onlyRight) yield `${what} ${name}: only in ${b}`;
}
