/** A runner to be killed: boots the lab of a job folder and waits. Arguments: kernel, job folder. */
import { bootLab } from '../../runner/lab/boot.ts';

const [kernel = '', jobFolder = ''] = process.argv.slice(2);
await bootLab({
  kernel,
  jobFolder,
  seed: 7,
  clock: 'virtual',
  memoryMb: 256,
  cpu: 0,
  wallTimeoutMs: 60_000,
  virtualTimeoutS: 1_000_000_000,
});
