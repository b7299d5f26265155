import { readFileSync } from 'node:fs';
import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';

/** Columns of a line in /proc/net/tcp6. */
const COLUMNS = { local: 1, remote: 2, state: 3 } as const;
/** ESTABLISHED, SYN_RECV, CLOSE_WAIT: what the peer has opened and this end has not closed. */
const OPEN_STATES: readonly string[] = ['01', '03', '08'];
const SYN_RECEIVED = '03';

/**
 * The peer's ports of all connections from `remote` to `local` which this end has not closed, also those that no program has
 * accepted yet: whose handshake is under way, or which wait behind a listening socket. Of the caller's network namespace.
 */
export function openConnections(local: Ipv6Address, remote: Ipv6Address): number[] {
  const [here, there] = [inTable(local), inTable(remote)];
  return connectionLines()
    .filter(
      (columns) =>
        columns[COLUMNS.local]?.startsWith(`${here}:`) &&
        columns[COLUMNS.remote]?.startsWith(`${there}:`) &&
        OPEN_STATES.includes(columns[COLUMNS.state] ?? ''),
    )
    .map((columns) => Number.parseInt(columns[COLUMNS.remote]!.slice(there.length + 1), 16));
}

/** How many connections to `local` are in their handshake: answered by this host, and not yet established. Of the caller's network namespace. */
export function handshakesUnderWay(local: Ipv6Address): number {
  const here = `${inTable(local)}:`;
  return connectionLines().filter(
    (columns) => columns[COLUMNS.local]?.startsWith(here) && columns[COLUMNS.state] === SYN_RECEIVED,
  ).length;
}

function connectionLines(): readonly (readonly string[])[] {
  return readFileSync('/proc/net/tcp6', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
}

/** Four words in the machine's order, which is little-endian on all that the project runs on. */
function inTable(address: Ipv6Address): string {
  return Buffer.from(ipv6ToBytes(address)).swap32().toString('hex').toUpperCase();
}
