import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { LAB_PATH } from './this-user.ts';

/** What the processor says that it can do, sorted (`flags` of x86, `Features` of ARM in /proc/cpuinfo); empty where it says nothing. */
export function processorFeatures(file = '/proc/cpuinfo'): readonly string[] {
  try {
    const [, words = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync(file, 'utf8')) ?? [];
    return [...new Set(words.trim().split(/\s+/))].filter((word) => word !== '').sort();
  } catch {
    return [];
  }
}

/** Debian's name of each program that shapes, filters or captures, and what prints its version. */
const programs: Readonly<Record<string, readonly [string, ...string[]]>> = {
  iproute2: ['ip', '-V'],
  libc6: ['getconf', 'GNU_LIBC_VERSION'],
  mininet: ['python3', '-c', 'import mininet.net; print(mininet.net.VERSION)'],
  nftables: ['nft', '--version'],
  tcpdump: ['tcpdump', '--version'],
};

/** The versions of this machine's own programs, by Debian's name; `none` for one that does not answer. */
export async function machinePrograms(): Promise<Readonly<Record<string, string>>> {
  const asked = Object.entries(programs).map(async ([name, [command, ...words]]) => {
    const said = await execa(command, words, { timeout: 10_000, env: { PATH: LAB_PATH } }).then(
      ({ stdout, stderr }) => stdout || stderr,
      () => '',
    );
    return [name, said.split('\n')[0]!.trim() || 'none'] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}
