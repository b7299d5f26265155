import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hostLab } from '../../../runner/host-lab/host-lab.ts';

/** Runs in the lab, as on any host: `launch FOLDER FILES-AS-JSON [SECONDS]` makes a job folder and runs it in a host lab. */
async function launch(folder: string, list: string, seconds: string): Promise<number> {
  const files = JSON.parse(await readFile(list, 'utf8')) as [string, string][];
  for (const [name, text] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const run = await hostLab({
    jobFolder: folder,
    stageFolder: '/run/lab',
    seed: 1,
    clock: 'wall',
    memoryMb: 0,
    wallTimeoutMs: 200_000,
    virtualTimeoutS: Number(seconds),
  });
  process.stderr.write(run.console);
  return run.status;
}

const [folder = '', list = '', seconds = '100'] = process.argv.slice(2);
launch(folder, list, seconds).then((status) => (process.exitCode = status));
