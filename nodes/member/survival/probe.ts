import { EPOLLIN, type FdPoller } from '../../../linux/fd-poller.ts';
import { openPacketSocket } from '../../../linux/packet-socket.ts';
import { closeDescriptor, receiveOctets } from '../../../linux/socket-libc.ts';
import { segmentFilter } from '../../../linux/tcp/acknowledgement-filter.ts';
import { sendSegment } from '../../../linux/tcp/raw-segment.ts';
import { sequenceMinus } from '../../../linux/tcp/repair.ts';
import { type SegmentStanding, STANDING_OCTETS, standingOf } from '../../../linux/tcp/standing.ts';
import type { TcpConnectionState } from '../../../linux/tcp/state.ts';
import { TCP_FLAG } from '../../../mip6/wire/tcp-header.ts';

const LARGEST_WINDOW = 0xffff;

/**
 * Asks a client where a connection of another member stands, without a socket: by a segment without data one octet before the state's, and with the timestamp of
 * then. It is not acceptable, and so answered with what the client awaits (RFC 9293 §3.10.7.4, RFC 7323 §5.3). Throws LabError.
 */
export function sendProbe(state: TcpConnectionState): void {
  const { local, remote, receiveNext, receivedFin, timestamp, window, windowScale } = state;
  sendSegment(local.address, remote.address, {
    sourcePort: local.port,
    destinationPort: remote.port,
    sequence: sequenceMinus(state.sendUnacknowledged, 1),
    acknowledgement: sequenceMinus(receiveNext, receivedFin ? -1 : 0),
    flags: TCP_FLAG.ack,
    window: Math.min(LARGEST_WINDOW, window.receive >>> (windowScale?.receive ?? 0)),
    timestamp,
  });
}

/** Sees every segment of a client's connection that acknowledges something, whatever the kernel makes of it, until it is closed. */
export class ConnectionWatch {
  readonly #poller: FdPoller;
  readonly #descriptor: number;
  #closed = false;

  /** Throws LabError. */
  constructor(
    poller: FdPoller,
    { local, remote }: Pick<TcpConnectionState, 'local' | 'remote'>,
    onStanding: (standing: SegmentStanding) => void,
  ) {
    this.#poller = poller;
    this.#descriptor = openPacketSocket(segmentFilter(remote, local.port, STANDING_OCTETS));
    poller.watch(this.#descriptor, EPOLLIN, () => {
      const packet = Buffer.alloc(STANDING_OCTETS);
      const octets = receiveOctets(this.#descriptor, packet, 0, 'segment of a client');
      const standing = octets < 0 ? undefined : standingOf(packet.subarray(0, octets));
      if (standing !== undefined) onStanding(standing);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#poller.unwatch(this.#descriptor);
    closeDescriptor(this.#descriptor);
  }
}
