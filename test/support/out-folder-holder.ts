import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OutFolder } from '../../runner/results/out-folder.ts';

/** Holds a results folder, with something in it, until it is killed. */
await using out = await OutFolder.open(process.argv[2]!);
await writeFile(join(out.jobs, 'left'), '');
process.stdout.write('held\n');
setInterval(() => out.path, 60_000);
await new Promise(() => undefined);
