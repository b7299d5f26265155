import type { FdPoller } from '../fd-poller.ts';
import { Drain } from './drain.ts';

/**
 * Resolves at the instant when all that was written to a connected socket has been acknowledged; at once when
 * nothing is outstanding. Octets which Node still holds (`writableLength`) are not seen: they have to be
 * in the kernel before. `signal` ends the wait, and the promise then stays pending; abort it before the descriptor is
 * closed. Throws LabError.
 */
export function whenDrained(poller: FdPoller, descriptor: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = (): void => drain.cancel();
  const drain = new Drain(poller, descriptor, () => {
    signal?.removeEventListener('abort', cancel);
    resolve();
  });
  signal?.addEventListener('abort', cancel, { once: true });
  return promise;
}
