import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** name → SHA-256, hexadecimal */
type Digests = Readonly<Record<string, string>>;

interface Known {
  readonly digest: string;
  /** inode, size and time of the last change, as they were when the content was read */
  readonly stamp: string;
}

/**
 * What this process has read of cells' files: captures are gigabytes, and reading each again to learn what is known takes as long as
 * the analysis itself. A file that was touched since is not known any more.
 */
export class VerifiedFiles {
  readonly #known = new Map<string, Known>();

  /** The files of this folder have this content, now. */
  async remember(folder: string, digests: Digests): Promise<void> {
    for (const [name, digest] of Object.entries(digests)) {
      const path = join(folder, name);
      const stamp = await stampOf(path);
      if (stamp !== undefined) this.#known.set(path, { digest, stamp });
    }
  }

  /** Of these files, those whose content is still known. */
  async of(folder: string, names: readonly string[]): Promise<Digests> {
    const digests: Record<string, string> = {};
    for (const name of names) {
      const path = join(folder, name);
      const known = this.#known.get(path);
      if (known !== undefined && known.stamp === (await stampOf(path))) digests[name] = known.digest;
    }
    return digests;
  }
}

/** Undefined for a file that is not there under this name: a compressed one is read again. */
async function stampOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && `${found.dev}:${found.ino} ${found.size} ${found.mtimeNs}`;
}
