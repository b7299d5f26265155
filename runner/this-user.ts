import { pathOf } from './kernel/run-tool.ts';

/** Where labs look for programs, whatever PATH says: an ordinary user's often lacks /usr/sbin, where tc and nft are. */
export const LAB_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

interface User {
  /** default: this process's */
  readonly root?: boolean;
  /** default: whether there is a sudo */
  readonly sudo?: boolean;
}

/** A command that needs root as this user can give it: as it is, behind sudo, or, where there is none, to su. */
export function asRoot(command: string, user: User = {}): string {
  const { root = process.getuid?.() === 0, sudo = pathOf('sudo', LAB_PATH) !== undefined } = user;
  if (root) return command;
  return sudo ? command.replaceAll(/(^|&& |; )/g, '$1sudo ') : `su -c '${command}'`;
}

/** The line that installs Debian packages, for this user. */
export function installing(packages: readonly string[], user?: User): string {
  return asRoot(`apt-get install -y --no-install-recommends ${packages.join(' ')}`, user);
}

/** Capabilities by their bits: those that anything here needs as root (capabilities(7)). */
const CAPABILITIES = { CHOWN: 0, SETGID: 6, SETUID: 7, NET_ADMIN: 12, NET_RAW: 13, SYS_ADMIN: 21 } as const;
export type Capability = keyof typeof CAPABILITIES;

/** Which of these this process does not have; `status`: the text of /proc/self/status. Empty where it does not say. */
export function missingCapabilities(status: string, wanted: readonly Capability[]): readonly Capability[] {
  const [, mask] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if (mask === undefined) return [];
  const has = BigInt(`0x${mask}`);
  return wanted.filter((name) => ((has >> BigInt(CAPABILITIES[name])) & 1n) === 0n);
}
