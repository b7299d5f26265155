import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const SUMS = 'SHA256SUMS';

/** The files that are not as `SHA256SUMS` of their folder says, or that it does not name; undefined where it has no such list. */
export function changedSincePublished(folder: string): readonly string[] | undefined {
  const list = join(folder, SUMS);
  if (!existsSync(list)) return undefined;
  const lines = readFileSync(list, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const present = filesBelow(folder);
  const listed = new Set<string>([SUMS]);
  const changed = lines.flatMap((line) => {
    const [, digest, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (digest === undefined || name === undefined) return [`${SUMS}: '${line}'`];
    listed.add(name);
    return present.get(name) === true && sha256(join(folder, name)) === digest ? [] : [name];
  });
  const added = [...present.keys()].filter((name) => !listed.has(name)).sort();
  return [...changed, ...added.map((name) => `${name} (added)`)];
}

/** Everything but folders, by its path; false of what is no file of its own: a link may lead anywhere. */
function filesBelow(folder: string): ReadonlyMap<string, boolean> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return new Map(
    files.map((entry) => [relative(folder, join(entry.parentPath, entry.name)), entry.isFile()]),
  );
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
