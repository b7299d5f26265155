import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files that are not as `SHA256SUMS` of their folder says; undefined where it has no such list. */
export function changedSincePublished(folder: string): readonly string[] | undefined {
  const list = join(folder, 'SHA256SUMS');
  if (!existsSync(list)) return undefined;
  const lines = readFileSync(list, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.flatMap((line) => {
    const [, digest, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (digest === undefined || name === undefined) return [`SHA256SUMS: '${line}'`];
    const path = join(folder, name);
    return existsSync(path) && sha256(path) === digest ? [] : [name];
  });
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
