import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** At the root of what was unpacked from a bundle. */
export const bundleFile = 'bundle.json';
/** Beside it: the kernel and the programs of labs, laid out as in the cache folder. */
export const bundledCache = 'cache';

const schema = z.object({
  /** as `checkoutOf` told it where the bundle was made */
  commit: z.string(),
  dirty: z.union([z.boolean(), z.literal('unknown')]),
  kernel: z.string(),
  userland: z.string(),
});
/** What a bundle says of itself. */
export type BundleRecord = z.infer<typeof schema>;

const repository = resolve(import.meta.dirname, '../..');

/** What the bundle says that this folder was unpacked from; undefined for a checkout. */
export function bundledIn(folder = repository): BundleRecord | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(join(folder, bundleFile), 'utf8'))).data;
  } catch {
    return undefined;
  }
}
