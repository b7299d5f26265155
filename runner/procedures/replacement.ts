import { createHash } from 'node:crypto';
import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** A command that takes a daemon's place in the lab. */
export interface Replacement {
  /** a line of bash, placeholders filled in */
  readonly command: string;
  /** name of the interface that it serves */
  readonly networkInterface: string;
  /** it names the ready file, so it will write a line there; otherwise an open Mobility Header socket is the sign */
  readonly saysReady: boolean;
  /** folders of this machine that the command names and that a lab would cover with empty ones of its own */
  readonly covered: readonly string[];
  /** path → SHA-256 of the files that the command names: with them the fingerprint of a cell changes */
  readonly files: Readonly<Record<string, string>>;
}

/** Who looks at this machine's files from inside a lab: when the runner is root, labs run as `nobody`. */
export interface HostIdentity {
  readonly asNobody: boolean;
}

const PATH_PLACEHOLDERS = ['node', 'config', 'events', 'ready'] as const;
/** In these a lab has file systems of its own. */
const OWN_FOLDERS = ['/tmp', '/run', '/dev/shm'];
const LAB_PATHS = ['/run/job', '/run/lab', '/run/ready'];
const ABSOLUTE_PATH = /(?<![\w./-])\/[\w.+/@%-]*[\w+@%-]/g;

/** Where a daemon called `name` finds its own files in a lab. */
export function labPathsOf(name: string): Readonly<Record<(typeof PATH_PLACEHOLDERS)[number], string>> {
  return {
    node: name,
    config: `/run/job/config/${name}.json`,
    events: `/run/job/events/${name}.jsonl`,
    ready: '/run/ready',
  };
}

/**
 * `command` in the place of the daemon `name`, whose machine is known on its link by `networkInterface`. Throws UsageError where its
 * files cannot be had in a lab.
 */
export function replacementOf(
  name: string,
  command: string,
  networkInterface: string,
  { asNobody }: HostIdentity = { asNobody: process.getuid?.() === 0 },
): Replacement {
  const words = { ...labPathsOf(name), interface: networkInterface };
  const filled = Object.entries(words).reduce(
    (line, [word, value]) => line.replaceAll(`{${word}}`, value),
    command,
  );
  const files: Record<string, string> = {};
  const covered = new Set<string>();
  for (const path of pathsIn(command)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) {
      refuseMissingProgram(name, path, command);
      continue;
    }
    if (asNobody) refuseUnreadable(name, path, found);
    const own = OWN_FOLDERS.find((folder) => path.startsWith(`${folder}/`));
    if (own !== undefined) covered.add(folderToShow(name, path, found, own));
    if (found.isFile()) files[path] = createHash('sha256').update(readFileSync(path)).digest('hex');
  }
  const known = { networkInterface, covered: outermost(covered), files };
  return { command: filled, saysReady: command.includes('{ready}'), ...known };
}

function pathsIn(command: string): readonly string[] {
  const paths = new Set(command.match(ABSOLUTE_PATH));
  return [...paths].filter((path) => !LAB_PATHS.some((own) => path === own || path.startsWith(`${own}/`)));
}

/** Other paths may be made by the command itself. */
function refuseMissingProgram(name: string, path: string, command: string): void {
  if (!command.trimStart().startsWith(path)) return;
  throw new UsageError(
    '--replace',
    name,
    `: there is no ${path}`,
    'give the path of a program on this machine',
  );
}

function refuseUnreadable(name: string, path: string, found: Stats): void {
  const parents: string[] = [];
  for (let parent = dirname(path); parent !== '/'; parent = dirname(parent)) parents.push(parent);
  const closed = parents.find((parent) => (statSync(parent).mode & 0o001) === 0);
  if (closed === undefined && (found.mode & 0o004) !== 0) return;
  const remedy = 'labs run as the user nobody; give a path that everybody can read';
  throw new UsageError('--replace', name, `: ${closed ?? path} is closed to other users`, remedy);
}

function folderToShow(name: string, path: string, found: Stats, own: string): string {
  const folder = found.isDirectory() ? path : dirname(path);
  if (folder !== own) return folder;
  const remedy = `${own} is the lab's own; put the file into a folder, there or elsewhere`;
  throw new UsageError('--replace', name, `: ${path} lies directly in ${own}`, remedy);
}

function outermost(folders: ReadonlySet<string>): readonly string[] {
  return [...folders]
    .filter((folder) => ![...folders].some((other) => folder.startsWith(`${other}/`)))
    .sort();
}

/** Which daemons of a plan are not ours to start, by their names in the plan. */
export interface OtherImplementations {
  /** not started at all */
  readonly without?: readonly string[];
  /** name → a line of bash that is started in its place, see nodes/README.md */
  readonly replace?: Readonly<Record<string, string>>;
}
