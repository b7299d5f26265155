import { getOption } from '../socket-libc.ts';
import { TCP_INFO } from '../socket-options.ts';

/** Fields of `struct tcp_info` (`linux/tcp.h`): place and size in octets, in the machine's own order. */
const LAYOUT = {
  /** a value of `TCP_STATE` */
  state: { at: 0, octets: 1 },
  congestionState: { at: 1, octets: 1 },
  /** bits of `AGREED` */
  options: { at: 5, octets: 1 },
  /** of the windows, in bits: the peer's low, our own high */
  scales: { at: 6, octets: 1 },
  /** ms since octets came last */
  lastData: { at: 52, octets: 4 },
  /** ms since an acknowledgement came last */
  lastAcknowledgement: { at: 56, octets: 4 },
  /** smoothed, µs */
  roundTrip: { at: 68, octets: 4 },
  /** its mean deviation, µs */
  variation: { at: 72, octets: 4 },
  /** the largest segment that the peer was told it may send, without options */
  announcedSegment: { at: 84, octets: 4 },
  /** as a receiver measures it, µs */
  receiversRoundTrip: { at: 92, octets: 4 },
  /** the most that the application has read in a round trip, and at first what ten segments have */
  readInRoundTrip: { at: 96, octets: 4 },
  /** octets that the peer has acknowledged since this socket was made */
  acknowledged: { at: 120, octets: 8 },
  /** octets, in order */
  received: { at: 128, octets: 8 },
  /** of the last minutes (`tcp_min_rtt_wlen`), µs */
  leastRoundTrip: { at: 148, octets: 4 },
  /** octets a second that the peer has acknowledged lately */
  deliveryRate: { at: 160, octets: 8 },
  /** octets, those that were sent again included */
  sent: { at: 200, octets: 8 },
  /** octets */
  retransmitted: { at: 208, octets: 8 },
  /** segments that have come out of order */
  outOfOrder: { at: 224, octets: 4 },
} as const;

/** What both ends have agreed on (`TCPI_OPT_…`). */
export const AGREED = { timestamps: 1, selectiveAcknowledgement: 2, windowScale: 4 } as const;

type TcpInfoField = keyof typeof LAYOUT;

/** These fields of a connection. Throws LabError. */
export function readTcpInfo<Name extends TcpInfoField>(
  descriptor: number,
  ...names: readonly Name[]
): Readonly<Record<Name, number>> {
  const ends = names.map((name) => LAYOUT[name].at + LAYOUT[name].octets);
  const info = getOption(descriptor, TCP_INFO, Math.max(...ends));
  const value = (name: Name): number => {
    const { at, octets } = LAYOUT[name];
    return octets === 8 ? Number(info.readBigUInt64LE(at)) : info.readUIntLE(at, octets);
  };
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, number>;
}
