import { SOL_IPV6, SOL_SOCKET, SOL_TCP, type SocketOption } from '../socket-options.ts';

/** How the kernel takes and gives a value: an `int`, an `unsigned long`, a name in 16 octets, or a `struct linger`. */
export type OptionKind = 'int' | 'long' | 'name' | 'linger';

/**
 * When a restored socket is given the option:
 *   connecting  before connect(), which prepares the connection by it
 *   frozen      afterwards, while nothing leaves
 *   active      out of repair mode: its timers must not run out, and its close must stay silent, while the socket is frozen
 *   buffers     by the rules of buffer-sizes.ts
 */
export type OptionStage = 'connecting' | 'frozen' | 'active' | 'buffers';

/** A socket option that an application may have set, and that goes with the connection. */
export interface MovableOption extends SocketOption {
  readonly name: MovableOptionName;
  /** its number between members (state-codec.ts), for good: a member of another release skips what it does not know */
  readonly wire: number;
  readonly kind: OptionKind;
  readonly stage: OptionStage;
}

/** In the order of setting them, a stage at a time. */
const ROWS = [
  ['SO_KEEPALIVE', 1, SOL_SOCKET, 9, 'int', 'active'],
  ['TCP_KEEPIDLE', 2, SOL_TCP, 4, 'int', 'frozen'],
  ['TCP_KEEPINTVL', 3, SOL_TCP, 5, 'int', 'frozen'],
  ['TCP_KEEPCNT', 4, SOL_TCP, 6, 'int', 'frozen'],
  ['TCP_USER_TIMEOUT', 5, SOL_TCP, 18, 'int', 'active'],
  ['TCP_CONGESTION', 6, SOL_TCP, 13, 'name', 'connecting'],
  ['TCP_NOTSENT_LOWAT', 7, SOL_TCP, 25, 'int', 'frozen'],
  ['TCP_LINGER2', 8, SOL_TCP, 8, 'int', 'frozen'],
  ['TCP_CORK', 9, SOL_TCP, 3, 'int', 'frozen'],
  ['TCP_SYNCNT', 10, SOL_TCP, 7, 'int', 'frozen'],
  ['TCP_THIN_LINEAR_TIMEOUTS', 11, SOL_TCP, 16, 'int', 'frozen'],
  ['TCP_TX_DELAY', 12, SOL_TCP, 37, 'int', 'frozen'],
  ['TCP_RTO_MAX_MS', 13, SOL_TCP, 44, 'int', 'frozen'],
  ['TCP_RTO_MIN_US', 14, SOL_TCP, 45, 'int', 'frozen'],
  ['TCP_DELACK_MAX_US', 15, SOL_TCP, 46, 'int', 'frozen'],
  ['SO_LINGER', 16, SOL_SOCKET, 13, 'linger', 'active'],
  ['SO_OOBINLINE', 17, SOL_SOCKET, 10, 'int', 'frozen'],
  ['SO_PRIORITY', 18, SOL_SOCKET, 12, 'int', 'frozen'],
  // May grow the receive buffer and lift the bound on the window, which therefore comes next.
  ['SO_RCVLOWAT', 19, SOL_SOCKET, 18, 'int', 'active'],
  ['TCP_WINDOW_CLAMP', 20, SOL_TCP, 10, 'int', 'active'],
  ['SO_MAX_PACING_RATE', 21, SOL_SOCKET, 47, 'long', 'frozen'],
  ['SO_TXREHASH', 22, SOL_SOCKET, 74, 'int', 'frozen'],
  ['SO_SNDBUF', 23, SOL_SOCKET, 7, 'int', 'buffers'],
  ['SO_RCVBUF', 24, SOL_SOCKET, 8, 'int', 'buffers'],
  ['IPV6_TCLASS', 25, SOL_IPV6, 67, 'int', 'frozen'],
  ['IPV6_UNICAST_HOPS', 26, SOL_IPV6, 16, 'int', 'frozen'],
  ['IPV6_MINHOPCOUNT', 27, SOL_IPV6, 73, 'int', 'frozen'],
  ['IPV6_AUTOFLOWLABEL', 28, SOL_IPV6, 70, 'int', 'frozen'],
  ['IPV6_MTU_DISCOVER', 29, SOL_IPV6, 23, 'int', 'frozen'],
  ['IPV6_RECVERR', 30, SOL_IPV6, 25, 'int', 'frozen'],
] as const satisfies readonly (readonly [string, number, number, number, OptionKind, OptionStage])[];

export type MovableOptionName = (typeof ROWS)[number][0];

/**
 * Every socket option that a handoff takes along, but for TCP_NODELAY and the segment size, which are in the fixed part of the
 * state. docs/server-library.md says which others there are and why they stay behind.
 */
export const MOVABLE_OPTIONS: readonly MovableOption[] = ROWS.map(
  ([name, wire, level, number, kind, stage]) => ({ name, wire, level, number, kind, stage }),
);

/** `SO_LINGER` in whole seconds, other numbers as the kernel has them (an `int` signed), names as text. */
export type OptionValue = bigint | string;

/** What an application has set otherwise than it was; in the table's order. */
export type MovedOptions = ReadonlyMap<MovableOptionName, OptionValue>;

export const NO_OPTIONS: MovedOptions = new Map();

/** The row of this name. */
export function movableOption(name: MovableOptionName): MovableOption {
  return MOVABLE_OPTIONS.find((option) => option.name === name)!;
}
