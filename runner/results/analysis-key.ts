import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');
/** Where the sources lie that turn a capture into samples; what only draws or compares is left out. */
const sourceFolders = ['analysis', 'mip6/wire', 'topologies'];
const withoutSamples = /^analysis\/(plots|report|diff|compare)\//;

let known: Promise<string> | undefined;

/** Names the sources of the analysis as they were when first asked for: 16 hexadecimal digits. */
export function analysisKey(): Promise<string> {
  known ??= hashSources();
  return known;
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await sources()) {
    const text = await readFile(join(repository, file));
    hash.update(`${file} ${text.length}:`).update(text);
  }
  return hash.digest('hex').slice(0, 16);
}

async function sources(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of sourceFolders) {
    const names = await readdir(join(repository, folder), { recursive: true });
    found.push(...names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`));
  }
  return found.filter((file) => !withoutSamples.test(file)).sort();
}
