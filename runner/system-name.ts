import { readFileSync } from 'node:fs';

/** The system's own name, e.g. `Debian GNU/Linux 12 (bookworm)`; `unknown` where it has none. */
export function systemName(file = '/etc/os-release'): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
