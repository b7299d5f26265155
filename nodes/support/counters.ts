import type { Counters } from '../../mip6/roles/shared/counters.ts';
import type { EventFields } from './event-log.ts';

/** What a daemon counted by name: the role's counts, messages the kernel did not send, packets the kernel dropped (`Xfrm…`). */
export function countersOf(
  role: { readonly counters: Counters },
  sender: { readonly failures: number },
  kernel: { droppedByKernel(): EventFields },
): EventFields {
  const counts = { ...role.counters.snapshot(), 'send-failed': sender.failures, ...kernel.droppedByKernel() };
  return Object.fromEntries(
    Object.entries(counts)
      .filter(([, count]) => count !== 0)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
