import { closeSync, openSync } from 'node:fs';
import { checked, libc } from './libc.ts';

const CLONE_NEWNET = 0x40000000;
const OWN = '/proc/thread-self/ns/net';

/**
 * Runs `action` in the network namespace that `path` names (`/run/netns/<host>`): sockets opened meanwhile belong there for good.
 * Synchronous, since the thread is what changes its namespace. Throws LabError, or what `action` throws.
 */
export function inNetworkNamespace<T>(path: string, action: () => T): T {
  const home = openSync(OWN, 'r');
  try {
    const there = openSync(path, 'r');
    try {
      checked('setns', path, libc('setns')(there, CLONE_NEWNET));
      return action();
    } finally {
      checked('setns', 'back to the own namespace', libc('setns')(home, CLONE_NEWNET));
      closeSync(there);
    }
  } finally {
    closeSync(home);
  }
}
