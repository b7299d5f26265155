import { UsageError } from './usage-error.ts';

/** Node strips no types below node_modules: what is installed from a package is JavaScript. */
export const installedAsPackage = import.meta.filename.endsWith('.js');

/** Throws UsageError in an installed package, for what needs the sources and their commit. */
export function refuseInPackage(command: string, value: string): void {
  if (!installedAsPackage) return;
  const remedy = 'clone the repository, and call its bin/handoff-lab';
  throw new UsageError(command, value, 'needs a checkout: an installed package has no commit', remedy);
}
