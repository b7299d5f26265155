import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A kernel source that holds nothing but its version. */
export async function fakeTree(folder: string, version: string): Promise<string> {
  const [major, minor, patch] = version.split('.');
  const tree = join(folder, `linux-${version}`);
  await mkdir(join(tree, 'usr'), { recursive: true });
  const makefile = `VERSION = ${major}\nPATCHLEVEL = ${minor}\nSUBLEVEL = ${patch}\nNAME = none\n`;
  await writeFile(join(tree, 'Makefile'), makefile);
  return tree;
}

/** A PATH whose compiler and `make` (as `make` says) only pretend. */
export async function fakeTools(folder: string, make: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const programs = {
    make,
    // Makes the file that it is told to make.
    gcc: 'while [ $# -gt 0 ]; do [ "$1" = -o ] && : >"$2"; shift; done; echo gcc 12',
    ...Object.fromEntries(['ld', 'bc', 'flex', 'bison', 'patch'].map((name) => [name, 'true'])),
  };
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return `${bin}:${process.env.PATH}`;
}
