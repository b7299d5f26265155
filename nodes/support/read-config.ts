import { readFileSync, statSync } from 'node:fs';
import type * as z from 'zod/mini';
import { isSecretName, problemsOf, withoutWords } from './config-problems.ts';
import { isInLab } from './in-lab.ts';
import { badJsonAt } from './json-place.ts';

/** The configuration in a file, or what is wrong with it: its place, or each wrong field with its value and what it should be. */
export function readConfig<Config>(
  path: string | undefined,
  schema: z.ZodMiniType<Config>,
): { readonly config: Config } | string {
  if (path === undefined) return '--config FILE is missing';
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return `cannot read ${path}: ${String(error)}`;
  }
  const place = badJsonAt(text);
  if (place !== undefined) return `${path} is no JSON from line ${place.line}, column ${place.column} on`;
  const json: unknown = JSON.parse(text);
  const checked = schema.safeParse(json, withoutWords);
  if (!checked.success) {
    const problems = problemsOf(json, checked.error.issues).map((problem) => `  ${problem}`);
    return `${path} is not a valid configuration:\n${problems.join('\n')}`;
  }
  const mode = isInLab() ? 0 : statSync(path).mode;
  if ((mode & 0o077) !== 0 && holdsSecrets(json))
    return `${path} has keys in it and others may read it (mode ${(mode & 0o777).toString(8)}): chmod 600 ${path}`;
  return { config: checked.data };
}

/** Whether there is a key in a configuration, wherever: what it is for makes no difference. */
function holdsSecrets(json: unknown): boolean {
  if (typeof json !== 'object' || json === null) return false;
  return Object.entries(json).some(
    ([name, value]) => (isSecretName(name) && typeof value === 'string') || holdsSecrets(value),
  );
}
