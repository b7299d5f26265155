import { chmod, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.ts';

/** A folder, as `temporaryFolder` gives it, with copies of these programs of test/mip6-lab/guest: labs that root starts run as another user, to whom the checkout may be closed. */
export async function otherPrograms(...names: readonly string[]): ReturnType<typeof temporaryFolder> {
  const folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  for (const name of names)
    await cp(fileURLToPath(new URL(`../mip6-lab/guest/${name}`, import.meta.url)), join(folder.path, name));
  return folder;
}
