import { readFileSync, writeFileSync } from 'node:fs';

/** Writes dist/package.json: what the package says of itself, seen from dist/. */
const whole = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown> & {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
};
const exports = Object.entries(whole.exports).map(([name, target]) => {
  if (typeof target === 'string') return [name, target] as const;
  const built = Object.entries(target).filter(([, path]) => path.startsWith('./dist/'));
  return [
    name,
    Object.fromEntries(built.map(([kind, path]) => [kind, path.replace('./dist/', './')])),
  ] as const;
});
const { bin: _, scripts: __, files: ___, devDependencies: ____, ...kept } = whole;
writeFileSync(
  'dist/package.json',
  `${JSON.stringify({ ...kept, exports: Object.fromEntries(exports) }, undefined, 2)}\n`,
);
