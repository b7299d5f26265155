import { cacheFolder } from '../runner/cache-folder.ts';
import { openLab } from '../runner/host-lab/open-lab.ts';
import { logTo } from '../runner/progress/log.ts';

/** Makes the lab kernel and the lab's programs ready where the cache does not have them, and shows how it goes: tests would do it unseen. */
await openLab('uml', { cacheDir: cacheFolder(), log: logTo(process.stderr) }).catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 3;
});
