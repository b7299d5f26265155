import { runTool } from '../kernel/run-tool.ts';

interface Mirrors {
  readonly main: string;
  readonly security: string;
}

const DEFAULT: Mirrors = {
  main: 'http://deb.debian.org/debian',
  security: 'http://deb.debian.org/debian-security',
};

/** The mirrors of Debian that this machine uses itself; Debian's own where it uses none, as on Ubuntu. */
export async function debianMirrors(): Promise<Mirrors> {
  const format = '$(ORIGIN)|$(LABEL)|$(REPO_URI)';
  const args = ['indextargets', '--format', format, 'Created-By: Packages'];
  return mirrorsIn(await runTool('apt-get', args).catch(() => ''));
}

/** Reads `apt-get indextargets` with one line `ORIGIN|LABEL|URI` for each index. Origin and label are empty before the first update. */
export function mirrorsIn(targets: string): Mirrors {
  const found: { main?: string; security?: string } = {};
  for (const line of targets.split('\n')) {
    const [origin = '', label = '', uri = ''] = line.split('|');
    const path = uri.replace(/\/+$/, '');
    const isDebian = origin === 'Debian' || (origin === '' && /\/debian(-security)?$/.test(path));
    if (!isDebian) continue;
    if (label === 'Debian-Security' || path.endsWith('-security')) found.security ??= path;
    else if (path.endsWith('/debian')) found.main ??= path;
  }
  return { ...DEFAULT, ...found };
}
