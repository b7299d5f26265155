import { readFileSync } from 'node:fs';
import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { stateName, TCP_STATE } from './connection-state.ts';

/** Columns of a line in /proc/net/tcp6. */
const COLUMNS = { local: 1, remote: 2, state: 3 } as const;
/** What the peer has opened and this end has not closed. */
const OPEN: readonly number[] = [TCP_STATE.established, TCP_STATE.synReceived, TCP_STATE.closeWait];
/** What this end has closed, and whose last octets or FIN the peer has not acknowledged. */
const ENDING: readonly number[] = [TCP_STATE.finWait1, TCP_STATE.lastAck, TCP_STATE.closing];
/** Those, FIN_WAIT2, and such whose connection is ending: something may still have to reach this end, or the other one. Not TIME_WAIT. */
const LIVE: readonly number[] = [...OPEN, ...ENDING, TCP_STATE.finWait2];

/**
 * The peer's ports of all connections from `remote` to `local` which this end has not closed, also those that no program has
 * accepted yet: whose handshake is under way, or which wait behind a listening socket. Of the caller's network namespace.
 */
export function openConnections(
  local: Ipv6Address,
  remote: Ipv6Address,
  lines = connectionLines(),
): number[] {
  return between(local, remote, lines)
    .filter(({ state }) => OPEN.includes(state))
    .map(({ port }) => port);
}

/** One that this end has closed while the peer has yet to acknowledge the last of it; no program may hold its socket any more. */
interface EndingConnection {
  /** the peer's */
  readonly port: number;
  /** as RFC 9293 calls it */
  readonly state: string;
}

/** The connections from `remote` to `local` that this host still has to bring to their end. Of the caller's network namespace. */
export function endingConnections(
  local: Ipv6Address,
  remote: Ipv6Address,
  lines = connectionLines(),
): EndingConnection[] {
  return between(local, remote, lines)
    .filter(({ state }) => ENDING.includes(state))
    .map(({ port, state }) => ({ port, state: stateName(state) }));
}

/** Whether this host has a socket of the connection, in whatever state, TIME-WAIT included. Of the caller's network namespace. */
export function hasConnection(
  local: Ipv6Address,
  remote: Ipv6Address,
  remotePort: number,
  lines = connectionLines(),
): boolean {
  return between(local, remote, lines).some(({ port }) => port === remotePort);
}

function between(
  local: Ipv6Address,
  remote: Ipv6Address,
  lines: readonly (readonly string[])[],
): readonly { readonly port: number; readonly state: number }[] {
  const [here, there] = [`${inTable(local)}:`, `${inTable(remote)}:`];
  return lines
    .filter(
      (columns) => columns[COLUMNS.local]?.startsWith(here) && columns[COLUMNS.remote]?.startsWith(there),
    )
    .map((columns) => ({
      port: Number.parseInt(columns[COLUMNS.remote]!.slice(there.length), 16),
      state: stateOf(columns),
    }));
}

function stateOf(columns: readonly string[]): number {
  return Number.parseInt(columns[COLUMNS.state] ?? '', 16);
}

/** Both ends of a connection. */
interface Handshake {
  readonly localPort: number;
  readonly remote: Ipv6Address;
  readonly remotePort: number;
}

interface LiveConnection extends Handshake {
  /** answered by this host, and not established yet */
  readonly inHandshake: boolean;
}

/** Connections to `local` in their handshake: answered by this host, and not yet established. Of the caller's network namespace. */
export function handshakesUnderWay(local: Ipv6Address, lines = connectionLines()): readonly Handshake[] {
  return liveConnections(local, lines)
    .filter(({ inHandshake }) => inHandshake)
    .map(({ inHandshake: _, ...ends }) => ends);
}

/** Connections to `local` in whatever state but TIME-WAIT, half-closed ones and such in their handshake too. Of the caller's network namespace. */
export function liveConnections(local: Ipv6Address, lines = connectionLines()): readonly LiveConnection[] {
  const here = `${inTable(local)}:`;
  return lines.flatMap((columns) => {
    const state = stateOf(columns);
    if (columns[COLUMNS.local]?.startsWith(here) !== true || !LIVE.includes(state)) return [];
    const [remote = '', remotePort = ''] = columns[COLUMNS.remote]!.split(':');
    return {
      localPort: Number.parseInt(columns[COLUMNS.local]!.slice(here.length), 16),
      remote: fromTable(remote),
      remotePort: Number.parseInt(remotePort, 16),
      inHandshake: state === TCP_STATE.synReceived,
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
