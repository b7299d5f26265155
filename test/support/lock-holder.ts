/** Takes the build lock of the file given, says so, and holds it until it is killed. */
import { takeBuildLock } from '../../runner/kernel/build-lock.ts';

await takeBuildLock(process.argv[2] ?? '');
process.stdout.write('taken\n');
setInterval(() => {}, 60_000);
