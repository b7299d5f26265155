import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** One import or re-export of a source file. */
export interface SourceImport {
  /** path of a file of this project, from its root, when `isOwn`; else the module's name */
  readonly target: string;
  readonly isOwn: boolean;
  /** nothing of it is there when the program runs */
  readonly isTypeOnly: boolean;
}

/** `import … from '…'`, `export … from '…'`, `import '…'` at the beginning of a line; `import('…')` anywhere. */
const statement =
  /^[ \t]*(?:import|export)\b(?<clause>(?:(?!^(?:import|export)\b)[^;'"`])*?)\bfrom[ \t]+['"](?<from>[^'"]+)['"]|^[ \t]*import[ \t]+['"](?<bare>[^'"]+)['"]|\bimport\([ \t\n]*['"](?<called>[^'"]+)['"]/gm;

/** What a source imports; `file`: its path from the project's root. */
export function importsOf(file: string, text: string): readonly SourceImport[] {
  return [...text.matchAll(statement)].map(({ groups = {} }) => {
    const { clause = '', from, bare, called = '' } = groups;
    const named = from ?? bare ?? called;
    const isOwn = named.startsWith('.');
    const target = isOwn ? normalize(join(dirname(file), named)) : named;
    return { target, isOwn, isTypeOnly: from !== undefined && isTypes(clause) };
  });
}

/** The same of a file on disk. */
export function readImports(root: string, file: string): readonly SourceImport[] {
  return importsOf(file, readFileSync(join(root, file), 'utf8'));
}

/** These files and all that is loaded with them, in the order of their names; but for those of `without`, and what only they load. */
export function loadedWith(root: string, files: readonly string[], without: RegExp): readonly string[] {
  const found = new Set(files.filter((file) => !without.test(file)));
  for (const file of found)
    for (const { target, isOwn, isTypeOnly } of readImports(root, file))
      if (isOwn && !isTypeOnly && /\.[jt]s$/.test(target) && !without.test(target)) found.add(target);
  return [...found].sort();
}

/** `import type { … }`, or braces around nothing but `type …`. */
function isTypes(clause: string): boolean {
  const names = clause.trim();
  if (/^type\b(?=[ \t\n]+\S)/.test(names)) return true;
  const inBraces = /^\{([^}]*)\}$/.exec(names)?.[1]?.split(',') ?? [];
  const parts = inBraces.map((part) => part.trim()).filter((part) => part !== '');
  return parts.length > 0 && parts.every((part) => part.startsWith('type '));
}
