import { execa } from 'execa';
import { LabError } from '../../linux/lab-error.ts';
import { installing, LAB_PATH } from '../this-user.ts';

/** Debian's Python finds Debian's Mininet, and both find what they start. Throws LabError with the line that installs it. */
export async function refuseWithoutMininet(python = '/usr/bin/python3'): Promise<void> {
  const tried = await execa(python, ['-c', 'import mininet.net'], { reject: false, env: { PATH: LAB_PATH } });
  if (tried.exitCode === 0) return;
  throw new LabError('--lab mininet is not possible: Mininet is missing.', {
    stderr: tried.stderr ?? '',
    remedy: installing(['mininet', 'iproute2', 'ethtool', 'procps', 'tcpdump', 'nftables']),
  });
}
