/** A socket option: its level and number (Linux `asm-generic/socket.h`, `linux/in6.h`, `linux/tcp.h`) and its name for errors. */
export interface SocketOption {
  readonly level: number;
  readonly number: number;
  readonly name: string;
}

export const SOL_SOCKET = 1;
export const SOL_TCP = 6;
export const SOL_IPV6 = 41;

const SOL_NETLINK = 270;
/** netlink(7): what does not fit is dropped without an error on the next call */
export const NETLINK_NO_ENOBUFS = option(SOL_NETLINK, 5, 'NETLINK_NO_ENOBUFS');
export const SO_REUSEADDR = option(SOL_SOCKET, 2, 'SO_REUSEADDR');
export const SO_ERROR = option(SOL_SOCKET, 4, 'SO_ERROR');
export const SO_SNDBUF = option(SOL_SOCKET, 7, 'SO_SNDBUF');
export const SO_RCVBUF = option(SOL_SOCKET, 8, 'SO_RCVBUF');
export const SO_LINGER = option(SOL_SOCKET, 13, 'SO_LINGER');
export const SO_RCVLOWAT = option(SOL_SOCKET, 18, 'SO_RCVLOWAT');
export const SO_ATTACH_FILTER = option(SOL_SOCKET, 26, 'SO_ATTACH_FILTER');
export const SO_DETACH_FILTER = option(SOL_SOCKET, 27, 'SO_DETACH_FILTER');
export const SO_MAX_PACING_RATE = option(SOL_SOCKET, 47, 'SO_MAX_PACING_RATE');
export const SO_SNDBUFFORCE = option(SOL_SOCKET, 32, 'SO_SNDBUFFORCE');
export const SO_RCVBUFFORCE = option(SOL_SOCKET, 33, 'SO_RCVBUFFORCE');
export const SO_MARK = option(SOL_SOCKET, 36, 'SO_MARK');
/** since Linux 5.14 */
export const SO_BUF_LOCK = option(SOL_SOCKET, 72, 'SO_BUF_LOCK');

export const IPV6_CHECKSUM = option(SOL_IPV6, 7, 'IPV6_CHECKSUM');
export const IPV6_XFRM_POLICY = option(SOL_IPV6, 35, 'IPV6_XFRM_POLICY');
export const IPV6_RECVPKTINFO = option(SOL_IPV6, 49, 'IPV6_RECVPKTINFO');
export const IPV6_PKTINFO = option(SOL_IPV6, 50, 'IPV6_PKTINFO');
export const IPV6_RECVRTHDR = option(SOL_IPV6, 56, 'IPV6_RECVRTHDR');
export const IPV6_RTHDR = option(SOL_IPV6, 57, 'IPV6_RTHDR');
export const IPV6_RECVDSTOPTS = option(SOL_IPV6, 58, 'IPV6_RECVDSTOPTS');
export const IPV6_DSTOPTS = option(SOL_IPV6, 59, 'IPV6_DSTOPTS');
export const IPV6_FREEBIND = option(SOL_IPV6, 78, 'IPV6_FREEBIND');

export const TCP_NODELAY = option(SOL_TCP, 1, 'TCP_NODELAY');
export const TCP_MAXSEG = option(SOL_TCP, 2, 'TCP_MAXSEG');
export const TCP_WINDOW_CLAMP = option(SOL_TCP, 10, 'TCP_WINDOW_CLAMP');
export const TCP_INFO = option(SOL_TCP, 11, 'TCP_INFO');
export const TCP_QUICKACK = option(SOL_TCP, 12, 'TCP_QUICKACK');
export const TCP_USER_TIMEOUT = option(SOL_TCP, 18, 'TCP_USER_TIMEOUT');
export const TCP_REPAIR = option(SOL_TCP, 19, 'TCP_REPAIR');
export const TCP_REPAIR_QUEUE = option(SOL_TCP, 20, 'TCP_REPAIR_QUEUE');
export const TCP_QUEUE_SEQ = option(SOL_TCP, 21, 'TCP_QUEUE_SEQ');
export const TCP_REPAIR_OPTIONS = option(SOL_TCP, 22, 'TCP_REPAIR_OPTIONS');
export const TCP_TIMESTAMP = option(SOL_TCP, 24, 'TCP_TIMESTAMP');
export const TCP_REPAIR_WINDOW = option(SOL_TCP, 29, 'TCP_REPAIR_WINDOW');

function option(level: number, number: number, name: string): SocketOption {
  return { level, number, name };
}
