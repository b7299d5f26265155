import { ensureKernel } from '../../runner/kernel/ensure-kernel.ts';

/** Builds the lab kernel into the cache folder of the first argument and prints what came out, as JSON. */
const log = (line: string): void => void process.stderr.write(`${line}\n`);
process.stdout.write(`${JSON.stringify(await ensureKernel({ cacheDir: process.argv[2]!, log }))}\n`);
