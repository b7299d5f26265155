import { stat } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultExport } from '../../server/default-export.ts';
import { UsageError } from '../usage-error.ts';

/** What a file of one's own is, for messages. */
export interface OwnFile {
  /** the field that it is the value of, e.g. `experiment`, `--topology` */
  readonly field: string;
  /** what to do when there is none, behind `name a file with …` */
  readonly what: string;
  /** a file that can be looked at */
  readonly example: string;
}

/** Whether a word on the command line is a file and not a name of one of ours. */
export function isOwnFile(word: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(word);
}

/** The absolute path of a file of one's own. Throws UsageError when there is none. */
export async function ownFile(path: string, { field, what }: OwnFile): Promise<string> {
  const file = resolve(path);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() === true) return file;
  throw new UsageError(field, path, 'is no file', `name a file with ${what}`);
}

/** What the module `path` (TypeScript or JavaScript) exports by default. Throws UsageError for a file that cannot be loaded, or exports nothing. */
export async function loadOwn(path: string, own: OwnFile): Promise<unknown> {
  const file = await ownFile(path, own);
  findOwnPackage();
  const module = await import(pathToFileURL(file).href).catch((error: unknown) => {
    const problem = `cannot be loaded (${error instanceof Error ? error.message : String(error)})`;
    throw new UsageError(own.field, path, problem, `correct it: ${own.example} is one that runs`);
  });
  return defaultExport(module);
}

let found = false;

/** `handoff-lab/…` is this package, wherever the file stands that imports it. */
function findOwnPackage(): void {
  if (found) return;
  found = true;
  registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith('handoff-lab/')) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
