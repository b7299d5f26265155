import { readFileSync } from 'node:fs';

/** The processors that this process may run on, by number: a container may have others than 0, 1, …; empty if unknown. */
export function allowedProcessors(status = readStatus()): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    if (part === '' || first === undefined || last === undefined) return [];
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}

function readStatus(): string {
  return readFileSync('/proc/self/status', 'utf8');
}
