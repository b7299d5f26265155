import { join } from 'node:path';
import { writeWhole } from '../../analysis/results.ts';
import { acrossClocks, countsOf, countsText } from '../../analysis/verdicts/counts.ts';
import { readVerdicts } from '../../analysis/verdicts/read-verdicts.ts';
import {
  type RecordedVerdicts,
  recordedFile,
  recordedVerdicts,
  recordText,
} from '../../analysis/verdicts/recorded.ts';
import type { ProfileName } from '../../experiments/experiment.ts';
import { UsageError } from '../usage-error.ts';
import { experimentFolders, experimentOf } from './analyze-run.ts';
import { type JudgedFolder, profileOf, standingOf, unlikeProfile } from './expected-verdicts.ts';
import { readManifest } from './manifest.ts';
import { standingText } from './standing-text.ts';

const field = 'verdicts';

/** What `handoff-lab verdicts` says, and its exit status: 1 where a verdict is not the recorded one and is not recorded now. */
export async function verdictsOfFolder(
  dir: string,
  record: boolean,
): Promise<{ readonly text: string; readonly status: 0 | 1 }> {
  const folders = await judgedFolders(dir);
  const standing = standingOf(folders);
  const counts = countsText(countsOf(acrossClocks(folders.flatMap(({ claims }) => claims))));
  const text = `${counts}\n${standingText(standing)}`;
  if (!record) return { text, status: standing.changes.length > 0 ? 1 : 0 };
  const files = await recordAll(dir, folders);
  return { text: `${text}recorded in ${files.join(', ')}\n`, status: 0 };
}

async function judgedFolders(dir: string): Promise<readonly JudgedFolder[]> {
  const names = await experimentFolders(dir, field);
  return Promise.all(
    names.map(async (name) => {
      const folder = join(dir, name);
      const manifest = await readManifest(folder, field);
      return {
        experiment: experimentOf(manifest, folder, field),
        name,
        manifest,
        claims: await readVerdicts(folder),
      };
    }),
  );
}

/** Only whole grids are recorded. Throws UsageError for anything else, before a file is touched. */
async function recordAll(dir: string, folders: readonly JudgedFolder[]): Promise<readonly string[]> {
  const byProfile = new Map<ProfileName, Map<string, JudgedFolder['claims']>>();
  for (const folder of folders) {
    const profile = profileOf(folder.manifest);
    const because = profile === undefined ? 'no profile is known of it' : unlikeProfile(folder, profile);
    if (profile === undefined || because !== undefined) {
      const remedy = 'record the whole grid of a profile, run with the default seed';
      throw new UsageError('--record', join(dir, folder.name), `cannot be recorded: ${because}`, remedy);
    }
    const claims = byProfile.get(profile) ?? new Map<string, JudgedFolder['claims']>();
    byProfile.set(profile, claims.set(folder.name, folder.claims));
  }
  const files: string[] = [];
  for (const [profile, claims] of byProfile) {
    const before: RecordedVerdicts = recordedVerdicts(profile);
    await writeWhole(recordedFile(profile), recordText(before, claims));
    files.push(recordedFile(profile));
  }
  return files;
}
