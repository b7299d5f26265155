import type { HolderMachine } from './holder-machine.ts';
import { whyUnprotected } from './holder-state.ts';
import type { Protection } from './holder-types.ts';

/** Tells the application of each connection what has changed of its protection. */
export function tellProtection(holder: HolderMachine): void {
  for (const port of holder.connections.ports) {
    const protection = protectionOf(holder, port);
    if (holder.connections.tells(port, protection)) holder.put({ kind: 'protection', port, protection });
  }
}

function protectionOf(holder: HolderMachine, port: number): Protection {
  const { state } = holder;
  const whyOpen = holder.connections.gate(port)?.whyOpen;
  if (whyOpen !== undefined) return { kind: 'unprotected', reason: whyOpen };
  if (state.name === 'backed' && isKept(holder, port, state.acknowledged)) return holder.binding.protection;
  const pending = state.name === 'choosing' || state.name === 'backed';
  return { kind: pending ? 'pending' : 'unprotected', reason: whyUnprotected(state) };
}

/**
 * The backup has the connection as it is now, and what has come of its client since; or, behind a gate that is shut, as it was before, and all that has come since then:
 * what is written follows from that as well.
 */
function isKept({ connections }: HolderMachine, port: number, acknowledged: number): boolean {
  const gate = connections.gate(port);
  if (gate === undefined) return connections.isSentBy(port, acknowledged);
  return gate.isClosed && connections.isKeptBy(port, acknowledged) && gate.isCovered(acknowledged);
}
