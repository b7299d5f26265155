import { changeSet } from './netlink/nf-set-elements.ts';
import { type FilterTable, removeTable, replaceTable } from './netlink/nf-tables.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from './netlink/socket.ts';

const TIMEOUT_MS = 10_000;

/**
 * Makes the packet filter's table, in one transaction in place of what was there of its name: at no instant is there none. Without nft(8),
 * whose start takes longer than all else that a daemon asks of the kernel. Throws NetlinkError.
 */
export function setFilterTable(table: FilterTable): void {
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  socket.transaction(replaceTable(table), `nft table ip6 ${table.name}`);
}

/** Removes the packet filter's table of this name, whether it is there or not. Throws NetlinkError. */
export function removeFilterTable(name: string): void {
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  socket.transaction(removeTable(name), `nft delete table ip6 ${name}`);
}

/** Puts a key into a table's set, or takes it out; all rules that look packets up in it hold from the return of this on. Throws NetlinkError. */
export function changeFilterSet(change: 'add' | 'remove', table: string, set: string, key: Uint8Array): void {
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  socket.transaction(changeSet(change, table, set, key), `nft ${change} element ip6 ${table} ${set}`);
}

/** A table of IPv6 as nft prints it, without counts. Undefined when there is none. */
export function readNftTable(name: string): string | undefined {
  // Node takes its time to load what starts programs, and a daemon that is never asked needs it not.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stdout } = spawnSync('nft', ['--stateless', 'list', 'table', 'ip6', name], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  return status === 0 ? stdout : undefined;
}
