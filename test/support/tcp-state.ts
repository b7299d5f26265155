import type { SocketEndpoint } from '../../linux/socket-address.ts';
import { NO_OPTIONS } from '../../linux/tcp/movable-options.ts';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';

const EMPTY = new Uint8Array(0);

/** An established connection with empty queues, as a kernel would give it; `but`: what is different. */
export function tcpState(
  local: SocketEndpoint,
  remote: SocketEndpoint,
  but: Partial<TcpConnectionState> = {},
): TcpConnectionState {
  return {
    local,
    remote,
    sendUnacknowledged: 0x01020304,
    receiveNext: 0xfffefdfc,
    received: EMPTY,
    sent: EMPTY,
    unsent: EMPTY,
    receivedFin: false,
    maximumSegmentSize: 1440,
    windowScale: { send: 7, receive: 10 },
    selectiveAcknowledgement: true,
    timestamp: 0x0a0b0c0d,
    window: {
      lastUpdateSequence: 0xfffefdfb,
      send: 65_536,
      largestSend: 65_537,
      receive: 64_512,
      receiveUpdate: 0xfffefdfc,
    },
    noDelay: false,
    options: NO_OPTIONS,
    ...but,
  };
}
