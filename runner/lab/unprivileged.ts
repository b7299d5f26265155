import { lchown, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Debian's `nobody` and `nogroup`: owns nothing, so a lab that runs as it can harm nothing. */
const NOBODY = 65534;

/**
 * The user that a lab's kernel runs as, if it is not the present one: a lab's root is only as powerful as the user
 * behind it, so that user must not be root. `undefined` when this process has no privileges to drop.
 */
export async function unprivilegedUser(): Promise<number | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const map = await readFile('/proc/self/uid_map', 'utf8');
  // In a user namespace without that number root is an ordinary user outside.
  return map.split('\n').some((line) => includes(line, NOBODY)) ? NOBODY : undefined;
}

/** Gives a folder with all that is in it to a user; links are not followed. */
export async function giveTo(user: number, folder: string): Promise<void> {
  const inside = await readdir(folder, { recursive: true });
  await Promise.all(
    [folder, ...inside.map((name) => join(folder, name))].map((path) => lchown(path, user, user)),
  );
}

/** `line` is one of /proc/self/uid_map: first number inside, first number outside, count. */
function includes(line: string, user: number): boolean {
  const [first, , count] = line.trim().split(/\s+/).map(Number);
  return first !== undefined && count !== undefined && user >= first && user < first + count;
}
