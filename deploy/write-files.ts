import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DeploymentError } from './deployment-error.ts';

const FOR_ITS_OWNER = 0o600;

/** Writes new files, for their owner alone, all of them or none. Throws DeploymentError when one is there already. */
export function writeNew(folder: string, files: ReadonlyMap<string, object>): readonly string[] {
  const paths = [...files].map(([name, content]) => [join(folder, `${name}.json`), textOf(content)] as const);
  const there = paths.filter(([path]) => existsSync(path));
  if (there.length > 0)
    throw new DeploymentError(
      there.map(
        ([path]) =>
          `--out: '${path}' is there already, and has keys that somebody may use; name another folder, or \`keygen rotate\` its keys`,
      ),
    );
  const written: string[] = [];
  try {
    // One folder and not those above it, either: Node never returns from a recursive mkdir below /proc.
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    for (const [path, text] of paths) {
      writeFileSync(path, text, { mode: FOR_ITS_OWNER, flag: 'wx' });
      written.push(path);
    }
  } catch (error) {
    for (const path of written) rmSync(path);
    throw new DeploymentError([
      `--out: '${folder}' cannot be written (${String(error)}); name a folder of your own, in one that is there`,
    ]);
  }
  return written;
}

/**
 * Replaces files, each at one blow and with its owner and mode as before: a program that reads it meanwhile has the old one or the new one. All new
 * texts are on the disk before the first takes its place.
 */
export function replaceAll(files: ReadonlyMap<string, object>): void {
  const drafts = new Map<string, string>();
  try {
    for (const path of files.keys()) {
      const { uid, gid, mode } = statSync(path);
      const draft = `${path}.next`;
      writeFileSync(draft, textOf(files.get(path)!), { mode: FOR_ITS_OWNER, flush: true });
      drafts.set(path, draft);
      chownSync(draft, uid, gid);
      chmodSync(draft, mode & 0o777);
    }
  } catch (error) {
    for (const draft of drafts.values()) rmSync(draft, { force: true });
    throw new DeploymentError([`a configuration cannot be replaced (${String(error)}); nothing was changed`]);
  }
  for (const [path, draft] of drafts) renameSync(draft, path);
}

function textOf(content: object): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
