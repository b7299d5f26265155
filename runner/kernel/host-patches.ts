import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { processorFeatures } from '../machine.ts';

/** Patches without which no lab kernel starts where the processor has `feature`; what runs in the kernel is the same with them. */
const hostPatches = [{ name: '0013-um-all-of-a-hosts-xstate.patch', feature: 'amx_tile' }] as const;

/** Lends the sources of another commit, in `folder`, the patches that this processor asks for; the names of those that they did not have. */
export async function lendHostPatches(
  folder: string,
  features: readonly string[] = processorFeatures(),
): Promise<readonly string[]> {
  const lent: string[] = [];
  for (const { name, feature } of hostPatches) {
    const to = join(folder, 'runner/kernel/patches', name);
    if (!features.includes(feature) || existsSync(to) || !existsSync(dirname(to))) continue;
    await copyFile(join(import.meta.dirname, 'patches', name), to);
    lent.push(name);
  }
  return lent;
}
