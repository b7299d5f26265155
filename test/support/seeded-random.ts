import type { RandomBytes } from '../../mip6/roles/shared/role.ts';
import { seededRandom } from '../../topologies/seeded-random.ts';

/** Octets that depend on the seed alone, where a role wants them. */
export function seededBytes(seed: number): RandomBytes {
  const next = seededRandom(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256));
}
