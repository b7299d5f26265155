import type * as z from 'zod/mini';
import { suggestion } from '../../server/nearest-name.ts';

type Issue = z.core.$ZodIssue;

/** What is wrong with `value`, a line for each field: its name, what it is, and what it should be. */
export function problemsOf(value: unknown, issues: readonly Issue[]): readonly string[] {
  return issues.map((issue) => {
    const path = issue.path.map(String).join('.') || 'configuration';
    const given = at(value, issue.path);
    const aboutNames = issue.code === 'unrecognized_keys' || issue.code === 'invalid_key';
    const says = aboutNames || (issue.code === 'custom' && given === undefined);
    const what = says ? '' : ` ${shown(given, issue.path)}`;
    return `${path}:${what} ${remedyOf(issue, given)}`;
  });
}

/** Words for an issue; a message that somebody wrote for it goes before those made up here. */
function remedyOf(issue: Issue, given: unknown): string {
  if (given === undefined && issue.code !== 'custom' && issue.code !== 'unrecognized_keys')
    return `(${expectedOf(issue, given)})`;
  return issue.message === NO_MESSAGE ? expectedOf(issue, given) : issue.message;
}

/** zod's without a language. */
const NO_MESSAGE = 'Invalid input';

/** For `safeParse`: words are made here alone, whatever language a process has loaded for zod. */
export const withoutWords = { error: () => NO_MESSAGE };

function expectedOf(issue: Issue, given: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'int' ? 'a whole number' : withArticle(issue.expected)}`;
    case 'too_small':
      return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${sizeOf(issue)}`;
    case 'too_big':
      return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${sizeOf(issue)}`;
    case 'invalid_value': {
      const names = issue.values.map(String);
      return `expected one of: ${names.join(', ')}${typeof given === 'string' ? suggestion(given, names) : ''}`;
    }
    case 'invalid_format':
      return `expected ${FORMATS[issue.format] ?? issue.format}`;
    case 'invalid_key': {
      const [first] = issue.issues;
      return first === undefined ? issue.message : `is no name here: ${remedyOf(first, issue.path.at(-1))}`;
    }
    case 'invalid_union':
      return unionOf(issue, given);
    default:
      return issue.message;
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  ipv6: 'an IPv6 address',
  cidrv6: 'an IPv6 prefix, such as 2001:db8:1::/64',
};

function sizeOf({ origin }: { readonly origin: string }): string {
  return origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '';
}

function unionOf(issue: Extract<Issue, { code: 'invalid_union' }>, given: unknown): string {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : undefined;
  if (options !== undefined)
    return `expected one of: ${options.join(', ')}${typeof given === 'string' ? suggestion(given, options) : ''}`;
  const ways = issue.errors.map(([first]) =>
    first === undefined ? '' : remedyOf(first as Issue, at(given, first.path)),
  );
  return [...new Set(ways.filter((way) => way !== ''))].join(', or ');
}

function withArticle(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/**
 * A secret stands in no message, not even one with a slip in it: of what a key's field has, and of what looks like one in any other,
 * the beginning is shown.
 */
function shown(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined) return 'is missing';
  if (typeof value === 'string' && value.length >= 16 && (isOfKey(path) || /^[0-9a-f]+$/i.test(value)))
    return `'${value.slice(0, 4)}…'`;
  if (typeof value === 'string') return `'${value.length > 80 ? `${value.slice(0, 80)}…` : value}'`;
  return typeof value === 'object' ? (Array.isArray(value) ? 'the list' : 'the object') : String(value);
}

/** A field that holds a secret, or stands in a list of such (node-process.ts tells them by the same names). */
function isOfKey(path: readonly PropertyKey[]): boolean {
  return path.some((name) => typeof name === 'string' && isSecretName(name));
}

/** Whether a field of this name holds a secret, whatever for. */
export function isSecretName(name: string): boolean {
  return /[kK]ey$/.test(name);
}
