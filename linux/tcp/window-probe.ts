import { LabError } from '../lab-error.ts';
import { getNumberOption, getOption, localEndpoint, remoteEndpoint } from '../socket-libc.ts';
import { TCP_INFO, TCP_REPAIR_WINDOW, TCP_TIMESTAMP } from '../socket-options.ts';
import { connectionState, TCP_STATE } from './connection-state.ts';
import { outstanding } from './queue-length.ts';
import { sendSegment } from './raw-segment.ts';
import { QUEUE, queueEnd, REPAIR_WINDOW, selectQueue, sequenceMinus } from './repair.ts';
import { type BareSegment, SEGMENT_FLAG } from './segment.ts';

/** In `struct tcp_info`: TCPI_OPT bits, and the scale of our own window in the upper half of an octet. */
const INFO = { options: 5, scales: 6, octets: 7 };
const TIMESTAMPS = 1;
const WINDOW_SCALE = 4;
const LARGEST_WINDOW = 0xffff;

/**
 * The window probe that the kernel owes when a socket in repair mode leaves it: only of an established connection does it send one
 * by itself. Undefined: the kernel does, or there is nothing to ask. Sends when called, after repair mode. Throws LabError.
 */
export function windowProbe(descriptor: number): (() => void) | undefined {
  if (connectionState(descriptor) !== TCP_STATE.closeWait) return undefined;
  const [local, remote] = [localEndpoint(descriptor), remoteEndpoint(descriptor)];
  const segment = { sourcePort: local.port, destinationPort: remote.port, ...probeSegment(descriptor) };
  return () => {
    try {
      sendSegment(local.address, remote.address, segment);
    } catch (error) {
      // As good as lost on its way, and the retransmission timer asks as well.
      if (!(error instanceof LabError)) throw error;
    }
  };
}

/** One octet before what the peer awaits, and without any: not acceptable, and so answered (RFC 9293 §3.10.7.4). */
function probeSegment(descriptor: number): Omit<BareSegment, 'sourcePort' | 'destinationPort'> {
  const info = getOption(descriptor, TCP_INFO, INFO.octets);
  const options = info[INFO.options]!;
  const shift = options & WINDOW_SCALE ? info[INFO.scales]! >> 4 : 0;
  const window = getOption(descriptor, TCP_REPAIR_WINDOW, REPAIR_WINDOW.octets);
  selectQueue(descriptor, QUEUE.send);
  const sendUnacknowledged = sequenceMinus(queueEnd(descriptor), outstanding(descriptor));
  selectQueue(descriptor, QUEUE.receive);
  const acknowledgement = queueEnd(descriptor);
  selectQueue(descriptor, QUEUE.none);
  return {
    sequence: sequenceMinus(sendUnacknowledged, 1),
    acknowledgement,
    flags: SEGMENT_FLAG.ack,
    window: Math.min(LARGEST_WINDOW, window.readUInt32LE(REPAIR_WINDOW.receive) >>> shift),
    timestamp: options & TIMESTAMPS ? getNumberOption(descriptor, TCP_TIMESTAMP) : undefined,
  };
}
