import { spawnSync } from 'node:child_process';
import { LabError } from './lab-error.ts';

const TIMEOUT_MS = 10_000;

/** Loads an nftables script in one transaction; throws LabError with nft's own words when any of it is refused. */
export function applyNftScript(script: string): void {
  const { status, stderr, error } = spawnSync('nft', ['-f', '-'], {
    input: script,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  if (status === 0) return;
  throw new LabError('the packet filter refused a script', {
    command: `nft -f - <<< ${JSON.stringify(script)}`,
    stderr: stderr || String(error ?? `exit status ${status}`),
    remedy:
      error === undefined
        ? 'correct the script'
        : 'install nftables and run as root of the network namespace',
  });
}

/** A table as nft prints it, without counts: `table` is e.g. `ip6 handoff_member`. Undefined when there is none. */
export function readNftTable(table: string): string | undefined {
  const { status, stdout } = spawnSync('nft', ['--stateless', 'list', 'table', ...table.split(' ')], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  return status === 0 ? stdout : undefined;
}
