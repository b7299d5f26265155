import { dirname, join, normalize } from 'node:path';

/** A name that a file exports. */
export interface ExportedName {
  readonly file: string;
  readonly name: string;
  /** the file uses it as well */
  readonly isUsedInside: boolean;
  /** files that import it */
  readonly importers: readonly string[];
}

const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;
const list = /^export (?:type )?\{(?<names>[^}]*)\}/gm;
const statement =
  /^(?:import|export) (?:type )?(?:\w+, )?(?:\{(?<names>[^}]*)\}|\* as \w+|\*|\w+) from '(?<from>\.[^']+)'/gm;
const call = /\bimport\(\s*'(\.[^']+)'/g;
const everything = '*';

/** All named exports of these sources (text by path from the root), with the files that import them; default exports are left out. */
export function exportedNames(sources: ReadonlyMap<string, string>): readonly ExportedName[] {
  const importers = importersIn(sources);
  return [...sources].flatMap(([file, text]) =>
    namesOf(text).map((name) => {
      const isUsedInside = [...text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1;
      const by = [name, everything].flatMap((one) => [...(importers.get(`${file} ${one}`) ?? [])]);
      return { file, name, isUsedInside, importers: by };
    }),
  );
}

function namesOf(text: string): readonly string[] {
  const declared = [...text.matchAll(declaration)].map(([, name = '']) => name);
  const listed = [...text.matchAll(list)].flatMap(({ groups }) => split(groups?.names).map(([, as]) => as));
  return [...declared, ...listed];
}

function importersIn(sources: ReadonlyMap<string, string>): ReadonlyMap<string, ReadonlySet<string>> {
  const importers = new Map<string, Set<string>>();
  const add = (file: string, from: string, name: string): void => {
    const key = `${normalize(join(dirname(file), from))} ${name}`;
    importers.set(key, (importers.get(key) ?? new Set()).add(file));
  };
  for (const [file, text] of sources) {
    for (const { groups: { names, from = '' } = {} } of text.matchAll(statement))
      for (const name of names === undefined ? [everything] : split(names).map(([one]) => one))
        add(file, from, name);
    for (const [, from = ''] of text.matchAll(call)) add(file, from, everything);
  }
  return importers;
}

/** `type A, b as c` → [A, A], [b, c] */
function split(names = ''): readonly (readonly [string, string])[] {
  return names
    .split(',')
    .map((one) => one.trim().replace(/^type /, ''))
    .filter((one) => one !== '')
    .map((one) => {
      const [name = '', as = name] = one.split(' as ');
      return [name, as] as const;
    });
}
