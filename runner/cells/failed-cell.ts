import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { makeFolders } from '../make-folders.ts';
import { mergeEvents } from './merge-events.ts';

/** What a lab may have left that is worth a look, under the names that a cell has for it. */
const evidence = ['router.pcap', 'tls_keys', 'console.txt'] as const;
const printed = '.stderr';

/** Beside `cells/`, where everything is a measurement: `<experiment>/failed/<cell>` for the cell's own folder `target`. */
function folderFor(target: string): string {
  return join(dirname(dirname(target)), 'failed', basename(target));
}

/**
 * Keeps what a lab that failed has left in `jobFolder`: console, capture, events, and what every program printed, as `<name>.log`.
 * `record`: a `cell.json`, so that the capture's addresses have names. The error to throw then, which names the folder.
 */
export async function keptFailure(
  error: unknown,
  jobFolder: string,
  target: string,
  record: object,
): Promise<LabError> {
  const folder = folderFor(target);
  await rm(folder, { recursive: true, force: true });
  await makeFolders(folder);
  for (const name of evidence) await rename(join(jobFolder, name), join(folder, name)).catch(() => undefined);
  const events = join(jobFolder, 'events');
  for (const name of await readdir(events).catch(() => [])) {
    if (!name.endsWith(printed)) continue;
    const text = await readFile(join(events, name), 'utf8');
    if (text !== '') await writeFile(join(folder, `${basename(name, printed)}.log`), text);
  }
  await writeFile(join(folder, 'events.jsonl'), await mergeEvents(events).catch(() => ''));
  await writeFile(join(folder, 'cell.json'), `${JSON.stringify(record, undefined, 2)}\n`);
  const message = error instanceof Error ? error.message : String(error);
  return new LabError(`${message}\n  kept: ${folder} (console, capture, events and each program's log)`, {
    cause: error,
  });
}

/** The cell has been measured: what it left when it failed is of no use any more. */
export async function forgetFailure(target: string): Promise<void> {
  await rm(folderFor(target), { recursive: true, force: true });
}
