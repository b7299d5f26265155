import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mergeEvents } from '../cells/merge-events.ts';
import { makeFolders } from '../make-folders.ts';
import { OutFolder } from '../results/out-folder.ts';
import { UsageError } from '../usage-error.ts';

/** Written last: where it is, the others are. */
const recordName = 'soak.json';
const kept = ['router.pcap', 'memory.txt', 'kernel-before.txt', 'kernel-after.txt', 'console.txt'];
const ours = [recordName, 'events.jsonl', 'verdict.json', ...kept];
/** What a process had to say besides its events, one file for each that said something. */
const spoken = /^[\w-]+\.stderr$/;
/** of capture and logs for each virtual minute of the whole system; more than any seed needs */
const bytesPerMinute = 20e6;

/**
 * The folder of a soak, held by this process alone until it is disposed of, also when it is killed. It has the files of one soak, or
 * none: an earlier one's stay until the next has ended.
 */
export class SoakFolder implements AsyncDisposable {
  readonly #out: OutFolder;

  private constructor(out: OutFolder) {
    this.#out = out;
  }

  /** Throws UsageError for a folder that cannot be used, or has other things in it than a soak's. */
  static async open(path: string, minutes: number): Promise<SoakFolder> {
    const before = await readdir(path).catch(() => []);
    const other = before.find((name) => !isOurs(name) && name !== '.jobs');
    if (other !== undefined)
      throw new UsageError('--out', path, `holds '${other}'`, 'name a folder that is the soak’s alone');
    const folder = new SoakFolder(await OutFolder.open(path));
    await folder.#out.checkRoom(minutes * bytesPerMinute).catch(async (error: unknown) => {
      await folder[Symbol.asyncDispose]();
      throw error;
    });
    return folder;
  }

  get path(): string {
    return this.#out.path;
  }

  /** for job folders of labs; removed in any case */
  get jobs(): string {
    return this.#out.jobs;
  }

  /** Moves what a lab has left in its job folder here, in place of what was there; `record` is soak.json's. */
  async keep(job: string, record: object): Promise<void> {
    const draft = join(this.#out.jobs, 'draft');
    await makeFolders(draft);
    await writeFile(join(draft, 'events.jsonl'), await mergeEvents(join(job, 'events')).catch(() => ''));
    for (const name of kept) await rename(join(job, name), join(draft, name)).catch(() => undefined);
    for (const name of await readdir(join(job, 'events')).catch(() => [])) {
      const from = join(job, 'events', name);
      if (spoken.test(name) && (await readFile(from)).length > 0) await rename(from, join(draft, name));
    }
    await writeFile(join(draft, recordName), `${JSON.stringify(record, undefined, 1)}\n`);
    await this.#replace(draft);
  }

  async #replace(draft: string): Promise<void> {
    await rm(join(this.path, recordName), { force: true });
    for (const name of (await readdir(this.path)).filter(isOurs)) await rm(join(this.path, name));
    const names = (await readdir(draft)).filter((name) => name !== recordName);
    for (const name of [...names, recordName]) await rename(join(draft, name), join(this.path, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#out[Symbol.asyncDispose]();
  }
}

function isOurs(name: string): boolean {
  return ours.includes(name) || spoken.test(name);
}
