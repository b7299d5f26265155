/**
 * Whether this process is one of a lab's (runner/lab/init-script.ts): nobody but the lab sees its files or its network, and what would be
 * careless elsewhere, placeholders for keys and key files that others may read, is harmless there.
 */
export function isInLab(): boolean {
  return process.env.HANDOFF_LAB === '1';
}
