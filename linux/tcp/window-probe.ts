import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { LabError } from '../lab-error.ts';
import { getNumberOption, getOption, localEndpoint, remoteEndpoint } from '../socket-libc.ts';
import { TCP_REPAIR_WINDOW, TCP_TIMESTAMP } from '../socket-options.ts';
import { connectionState, TCP_STATE } from './connection-state.ts';
import { outstanding, unsent } from './queue-length.ts';
import { sendSegment } from './raw-segment.ts';
import { QUEUE, queueEnd, REPAIR_WINDOW, selectQueue, sequenceMinus } from './repair.ts';
import type { BareSegment } from './segment.ts';
import { AGREED, readTcpInfo } from './tcp-info.ts';

const LARGEST_WINDOW = 0xffff;

/**
 * The window probe that the kernel owes when a socket in repair mode leaves it: only of an established connection does it send one
 * by itself. Undefined: the kernel does, or there is nothing to ask. Sends when called, after repair mode. Throws LabError.
 */
export function windowProbe(descriptor: number): (() => void) | undefined {
  if (connectionState(descriptor) !== TCP_STATE.closeWait) return undefined;
  // One octet before what the peer awaits, and without any: not acceptable, and so answered (RFC 9293 §3.10.7.4).
  const send = sender(descriptor, (standing) => sequenceMinus(standing.unacknowledged, 1));
  return () => {
    try {
      send();
    } catch (error) {
      // As good as lost on its way, and the retransmission timer asks as well.
      if (!(error instanceof LabError)) throw error;
    }
  };
}

/**
 * An acknowledgement of all that has come, with the window as it is, in the place of the next octet that is sent: the peer takes it, and answers
 * nothing. Of a socket in repair mode; sends when called, after it. Throws LabError, and so does what it gives.
 */
export function windowUpdate(descriptor: number): () => void {
  return sender(descriptor, ({ next }) => next);
}

function sender(descriptor: number, sequenceOf: (standing: Standing) => number): () => void {
  const [local, remote] = [localEndpoint(descriptor), remoteEndpoint(descriptor)];
  const ports = { sourcePort: local.port, destinationPort: remote.port };
  const segment = { ...ports, ...acknowledgementOf(descriptor, sequenceOf) };
  return () => sendSegment(local.address, remote.address, segment);
}

/** Octets from `next` to the edge that the peer has been told last. */
function offered(window: Buffer, next: number): number {
  const edge = window.readUInt32LE(REPAIR_WINDOW.receiveUpdate) + window.readUInt32LE(REPAIR_WINDOW.receive);
  return Math.max(0, (edge - next) | 0);
}

interface Standing {
  /** SND.UNA */
  readonly unacknowledged: number;
  /** SND.NXT */
  readonly next: number;
}

function acknowledgementOf(
  descriptor: number,
  sequenceOf: (standing: Standing) => number,
): Omit<BareSegment, 'sourcePort' | 'destinationPort'> {
  const { options, scales } = readTcpInfo(descriptor, 'options', 'scales');
  const shift = options & AGREED.windowScale ? scales >> 4 : 0;
  const window = getOption(descriptor, TCP_REPAIR_WINDOW, REPAIR_WINDOW.octets);
  selectQueue(descriptor, QUEUE.send);
  const end = queueEnd(descriptor);
  const unacknowledged = sequenceMinus(end, outstanding(descriptor));
  const next = sequenceMinus(end, unsent(descriptor));
  selectQueue(descriptor, QUEUE.receive);
  const acknowledgement = queueEnd(descriptor);
  selectQueue(descriptor, QUEUE.none);
  return {
    sequence: sequenceOf({ unacknowledged, next }),
    acknowledgement,
    flags: TCP_FLAG.ack,
    window: Math.min(LARGEST_WINDOW, offered(window, acknowledgement) >>> shift),
    timestamp: options & AGREED.timestamps ? getNumberOption(descriptor, TCP_TIMESTAMP) : undefined,
  };
}
