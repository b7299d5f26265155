import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Programs of `test/mip6-lab/guest` for a job folder: name → text. They are run by Debian's own `/usr/bin/python3`. */
export async function guestFiles(...names: readonly string[]): Promise<Record<string, string>> {
  const read = names.map(async (name) => [name, await readFile(guestFile(name), 'utf8')]);
  return Object.fromEntries(await Promise.all(read));
}

/** The path of one. */
export function guestFile(name: string): string {
  return fileURLToPath(new URL(`../mip6-lab/guest/${name}`, import.meta.url));
}
