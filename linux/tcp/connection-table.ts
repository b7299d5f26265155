import { readFileSync } from 'node:fs';
import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '../../mip6/wire/address.ts';

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

/** Both ends of a connection. */
export interface Handshake {
  readonly localPort: number;
  readonly remote: Ipv6Address;
  readonly remotePort: number;
}

/** Connections to `local` in their handshake: answered by this host, and not yet established. Of the caller's network namespace. */
export function handshakesUnderWay(local: Ipv6Address, lines = connectionLines()): readonly Handshake[] {
  const here = `${inTable(local)}:`;
  return lines
    .filter((columns) => columns[COLUMNS.local]?.startsWith(here) && columns[COLUMNS.state] === SYN_RECEIVED)
    .map((columns) => {
      const [remote = '', remotePort = ''] = columns[COLUMNS.remote]!.split(':');
      return {
        localPort: Number.parseInt(columns[COLUMNS.local]!.slice(here.length), 16),
        remote: fromTable(remote),
        remotePort: Number.parseInt(remotePort, 16),
      };
    });
}

function connectionLines(): readonly (readonly string[])[] {
  return readFileSync('/proc/net/tcp6', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
}

function fromTable(text: string): Ipv6Address {
  return ipv6FromBytes(Buffer.from(text, 'hex').swap32());
}

/** Four words in the machine's order, which is little-endian on all that the project runs on. */
function inTable(address: Ipv6Address): string {
  return Buffer.from(ipv6ToBytes(address)).swap32().toString('hex').toUpperCase();
}
