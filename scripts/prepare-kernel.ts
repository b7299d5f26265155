import { cacheFolder } from '../runner/cache-folder.ts';
import { ensureKernel } from '../runner/kernel/ensure-kernel.ts';

/** Builds the lab kernel where the cache does not have it, and shows how it goes: tests that need it would build it unseen. */
await ensureKernel({ cacheDir: cacheFolder(), log: (line) => process.stderr.write(`${line}\n`) }).catch(
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 3;
  },
);
