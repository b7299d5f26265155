import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Makes a folder with all above it; one by one, since Node's own recursive mkdir never ends below /proc, and cannot be interrupted. */
export async function makeFolders(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path) await makeFolders(above);
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** Makes the folder where it is missing, and writes into it: permissions alone do not tell. Throws the system's error. */
export async function makeWritable(path: string): Promise<void> {
  const probe = join(path, `.probe-${process.pid}`);
  await makeFolders(path);
  try {
    await writeFile(probe, 'x');
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}
