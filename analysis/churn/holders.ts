import type { Crash, Move } from './told.ts';

/** Where a client was at an instant, by the members' logs. */
type Holder =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'member'; readonly node: string }
  /** Init has arrived: the acceptor goes on without the donor, and the donor takes the client back from a dead acceptor */
  | { readonly kind: 'handoff'; readonly from: string; readonly to: string; readonly activated: boolean };

/** `moves` of one client, in order of time; `nameOf`: member by care-of address. */
export function holderAt(
  moves: readonly Move[],
  instantNs: bigint,
  nameOf: ReadonlyMap<string, string>,
): Holder {
  let holder: Holder = { kind: 'nobody' };
  for (const move of moves) {
    if (move.t > instantNs) break;
    holder = after(holder, move, nameOf);
  }
  return holder;
}

/** What the crash does to a connection of this client that is under way. */
export function fateOf(
  holder: Holder,
  { member }: Pick<Crash, 't' | 'member'>,
): 'broken' | 'either' | 'untouched' {
  switch (holder.kind) {
    case 'nobody':
      return 'untouched';
    case 'member':
      return holder.node === member ? 'broken' : 'untouched';
    case 'handoff':
      // What an active acceptor has sent that only it knew, nobody can go on from.
      return holder.from === member || (holder.to === member && holder.activated) ? 'either' : 'untouched';
    default:
      return holder satisfies never;
  }
}

function after(holder: Holder, { event, node, acceptor }: Move, nameOf: ReadonlyMap<string, string>): Holder {
  switch (event) {
    case 'client-connected':
    case 'handoff-settled':
      return { kind: 'member', node };
    case 'init-received':
      return { kind: 'handoff', from: nodeOf(holder), to: node, activated: false };
    case 'socket-activated':
      return { kind: 'handoff', from: nodeOf(holder), to: node, activated: true };
    case 'handed-off':
      return { kind: 'member', node: nameOf.get(acceptor ?? '') ?? '' };
    case 'handoff-failed':
      return { kind: 'member', node };
    case 'handoff-abandoned':
      return holder.kind === 'handoff' ? { kind: 'member', node: holder.from } : holder;
    default:
      return event satisfies never;
  }
}

function nodeOf(holder: Holder): string {
  if (holder.kind === 'member') return holder.node;
  return holder.kind === 'handoff' ? holder.from : '';
}
