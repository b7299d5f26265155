/*
 * How much there may be of what frames carry: for who writes them, and for who reads them (channel/frame-table.ts).
 */

/** An Init: all TCP and application states of a client. */
export const LARGEST_INIT_OCTETS = 16 * 1024 * 1024;
/** What stands in an Init around the states: addresses, numbers, lengths, and ports of clients without Mobile IPv6. */
const INIT_HEAD_OCTETS = 4096;
/** TCP and application states of all connections of a client that move together, as connections/connection-bundle.ts lays them out. */
export const LARGEST_STATES_OCTETS = LARGEST_INIT_OCTETS - INIT_HEAD_OCTETS;
/** A replica: of one connection what has not been read, and the application's state. */
export const LARGEST_REPLICA_OCTETS = 1024 * 1024;
/** A member's SO_SNDBUF as setsockopt takes it: the kernel queues up to twice as much, and that has to fit an Init. */
export const LARGEST_SEND_BUFFER = Math.floor(LARGEST_STATES_OCTETS / 2);
/** Padding, which is thrown away. */
export const LARGEST_PADDING_OCTETS = 128 * 1024;
/** Care-of addresses in a list of members; no server is nearly as large, and what stands in a list is kept in memory. */
export const LONGEST_LIST = 4096;
/** Connections of one client that move together. */
export const MOST_CONNECTIONS = 255;
/** Connections of one client that a member asks for in one frame. */
export const MOST_FORWARDED = 1024;
/** What a member says in words: longer texts are cut by who writes them. */
export const LONGEST_TEXT_OCTETS = 512;

/** A frame of fixed fields, and what a later version may put behind them. */
export const SMALL_OCTETS = 256;
