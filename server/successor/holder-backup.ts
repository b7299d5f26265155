import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HolderMachine } from './holder-machine.ts';
import type { HolderIn, HolderState } from './holder-state.ts';
import type { Checkpoint } from './holder-types.ts';
import { takeoverNumber } from './takeover-number.ts';

/** ms until a member is looked for again where there was none */
export const LOOK_AGAIN_MS = 5000;
/** Why a client without Mobile IPv6 is not protected. */
export const NOT_MOBILE =
  'the client has no Mobile IPv6: nobody can ask it whose it is, and a member that was only cut off would serve on';

/** A backup is chosen anew, unless nobody can take the client over. */
export function choose(holder: HolderMachine): void {
  if (!holder.mobile) {
    goOnAlone(holder, NOT_MOBILE, Number.POSITIVE_INFINITY);
    return;
  }
  holder.to({ name: 'choosing' });
  holder.connections.unsend();
  holder.put({ kind: 'choose', except: [...holder.refusing] });
}

/** A member has been named, or none; it is sent all connections. */
export function chosen(holder: HolderMachine, backup: Ipv6Address | undefined, now: Instant): void {
  if (backup === undefined) {
    goOnAlone(holder, 'no other member keeps replicas', now + LOOK_AGAIN_MS);
    return;
  }
  const takeover = takeoverNumber(holder.plan.lastSequence());
  const acknowledged = holder.connections.number;
  const backed = { name: 'backed', backup, takeover, acknowledged } as const;
  holder.to(backed);
  for (const port of holder.connections.ports.filter((one) => mayKeep(holder, one))) {
    send(holder, backed, port);
    holder.gated.tellAll(backup, port);
  }
}

/** Nobody keeps the client until then. */
export function goOnAlone(holder: HolderMachine, reason: string, until: Instant): void {
  holder.connections.unsend();
  holder.to({ name: 'alone', reason, until });
}

/** An application has described a connection. */
export function keep(holder: HolderMachine, state: HolderState, checkpoint: Checkpoint): void {
  holder.gated.pass(holder.connections.keep(checkpoint));
  if (state.name === 'backed' && mayKeep(holder, checkpoint.port)) send(holder, state, checkpoint.port);
}

/** A connection has ended. */
export function end(holder: HolderMachine, state: HolderState, port: number): void {
  if (!holder.connections.end(port, (ids) => holder.gated.pass(ids))) return;
  if (state.name === 'backed')
    holder.put({ kind: 'send-drop', to: state.backup, port, reason: 'the connection has ended' });
  if (holder.connections.ports.length > 0) return;
  const keeps = state.name === 'backed' || state.name === 'contesting' ? state : undefined;
  if (keeps?.backup === undefined) holder.over();
  else holder.over({ backup: keeps.backup, takeover: keeps.takeover });
}

/** The backup has what was sent up to this number. */
export function acknowledge(
  holder: HolderMachine,
  state: HolderIn<'backed'>,
  number: number,
  now: Instant,
): void {
  if (number <= state.acknowledged || number > holder.connections.number) return;
  const backed = { ...state, acknowledged: number };
  holder.to(backed);
  holder.gated.acknowledged(backed, now);
}

/** The backup does not keep the client. */
export function refuse(holder: HolderMachine, backup: Ipv6Address, reason: string, now: Instant): void {
  holder.refusing.add(backup);
  if (holder.refusing.size > 1) goOnAlone(holder, `the backup refuses: ${reason}`, now + LOOK_AGAIN_MS);
  else choose(holder);
}

/** Nothing of the client's input is missing behind its checkpoint. */
function mayKeep(holder: HolderMachine, port: number): boolean {
  return holder.connections.gate(port)?.whyOpen === undefined;
}

function send(holder: HolderMachine, { backup: to, takeover }: HolderIn<'backed'>, port: number): void {
  holder.put({ kind: 'send-replica', to, takeover, ...holder.connections.next(port) });
}
