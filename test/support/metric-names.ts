import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Names of all quantities that programs tell Prometheus, from the sources that make them. */
export function fieldsOfMetrics(): ReadonlySet<string> {
  const root = resolve(import.meta.dirname, '../..');
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'nodes/*.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  const texts = files
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .filter((text) => text.includes('Measured') || text.includes('metrics:'));
  return new Set(
    texts.flatMap((text) => [
      ...[...text.matchAll(/\bname: '([a-z_]+)'/g)].map(([, name = '']) => name),
      ...[...text.matchAll(/\bgauge\(\s*'([a-z_]+)'/g)].map(([, name = '']) => name),
    ]),
  );
}
