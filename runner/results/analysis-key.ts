import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadedWith } from './import-graph.ts';

const repository = resolve(import.meta.dirname, '../..');
/** What only draws or compares turns no capture into samples. */
const withoutSamples = /^analysis\/(plots|report|diff|compare)\//;

let known: Promise<string> | undefined;

/** Names the sources of the analysis as they were when first asked for: 16 hexadecimal digits. */
export function analysisKey(): Promise<string> {
  known ??= hashSources();
  return known;
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await analysisSources()) {
    const text = await readFile(join(repository, file));
    hash.update(`${file} ${text.length}:`).update(text);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The analysis' own sources and whatever these load: codecs, the channel's table of frames, topologies. */
export async function analysisSources(): Promise<readonly string[]> {
  const names = await readdir(join(repository, 'analysis'), { recursive: true });
  const own = names.filter((name) => /(?<!\.d)\.[jt]s$/.test(name)).map((name) => `analysis/${name}`);
  return loadedWith(repository, own, withoutSamples);
}
