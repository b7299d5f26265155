import { LabError } from '../lab-error.ts';
import {
  getNumberOption,
  getOption,
  localEndpoint,
  MSG_PEEK,
  receiveOctets,
  remoteEndpoint,
} from '../socket-libc.ts';
import { TCP_MAXSEG, TCP_NODELAY, TCP_REPAIR_WINDOW, TCP_TIMESTAMP } from '../socket-options.ts';
import { stateName, TCP_STATE } from './connection-state.ts';
import type { MovedOptions } from './movable-options.ts';
import { outstanding, unread, unsent } from './queue-length.ts';
import { QUEUE, type QueueNumber, queueEnd, REPAIR_WINDOW, selectQueue, sequenceMinus } from './repair.ts';
import type { TcpConnectionState, TcpWindow } from './state.ts';
import { AGREED, readTcpInfo } from './tcp-info.ts';

/** An acknowledgement inside a segment leaves the segment whole in the queue: that much may precede SND.UNA. */
const LONGEST_SEGMENT = 65_536;

/**
 * The state of a frozen socket, which stays as it is: it can be extracted again, go on (`unfreeze`) or be closed. `options`: what
 * `optionsOf` gave before the freeze, which needs none of their thirty system calls.
 * The peer may have closed its side. Throws LabError when this end has closed its own, or the connection is not IPv6.
 */
export function extract(descriptor: number, options: MovedOptions): TcpConnectionState {
  const rest = readRest(descriptor, options);
  return { ...rest, ...readQueues(descriptor, rest.receivedFin) };
}

type Queues = Pick<TcpConnectionState, 'sendUnacknowledged' | 'receiveNext' | 'received' | 'sent' | 'unsent'>;

/** All but the queues of a socket in repair mode, frozen or not. Throws as `extract` does. */
export function readRest(descriptor: number, options: MovedOptions): Omit<TcpConnectionState, keyof Queues> {
  const { state, options: agreed, scales } = readTcpInfo(descriptor, 'state', 'options', 'scales');
  const receivedFin = requireMovable(state) === TCP_STATE.closeWait;
  return {
    local: localEndpoint(descriptor),
    remote: remoteEndpoint(descriptor),
    receivedFin,
    maximumSegmentSize: getNumberOption(descriptor, TCP_MAXSEG),
    windowScale: agreed & AGREED.windowScale ? { send: scales & 0xf, receive: scales >> 4 } : undefined,
    selectiveAcknowledgement: (agreed & AGREED.selectiveAcknowledgement) !== 0,
    timestamp: agreed & AGREED.timestamps ? getNumberOption(descriptor, TCP_TIMESTAMP) : undefined,
    window: readWindow(descriptor),
    noDelay: getNumberOption(descriptor, TCP_NODELAY) !== 0,
    options,
  };
}

function readQueues(descriptor: number, receivedFin: boolean): Queues {
  const written = outstanding(descriptor);
  const notSent = unsent(descriptor);
  const incoming = readQueue(descriptor, QUEUE.receive, unread(descriptor));
  const outgoing = readQueue(descriptor, QUEUE.send, written);
  // With no queue chosen a stray write fails loudly; with the send queue chosen it would vanish into a dead socket.
  selectQueue(descriptor, QUEUE.none);
  return {
    sendUnacknowledged: sequenceMinus(outgoing.end, written),
    receiveNext: sequenceMinus(incoming.end, receivedFin ? 1 : 0),
    received: incoming.octets,
    sent: outgoing.octets.subarray(0, written - notSent),
    unsent: outgoing.octets.subarray(written - notSent),
  };
}

function readQueue(
  descriptor: number,
  queue: QueueNumber,
  length: number,
): { end: number; octets: Uint8Array } {
  selectQueue(descriptor, queue);
  const end = queueEnd(descriptor);
  if (length === 0) return { end, octets: new Uint8Array(0) };
  const octets = Buffer.alloc(length + LONGEST_SEGMENT);
  const have = receiveOctets(descriptor, octets, MSG_PEEK, 'queue of a frozen socket');
  if (have < length) {
    throw new LabError(`a frozen socket's queue holds ${have} octets, not ${length}`, {
      command: 'recv',
      remedy: 'freeze the socket before its state is extracted, and leave it alone in between',
    });
  }
  return { end, octets: octets.subarray(have - length, have) };
}

function readWindow(descriptor: number): TcpWindow {
  const octets = getOption(descriptor, TCP_REPAIR_WINDOW, REPAIR_WINDOW.octets);
  return {
    lastUpdateSequence: octets.readUInt32LE(REPAIR_WINDOW.lastUpdateSequence),
    send: octets.readUInt32LE(REPAIR_WINDOW.send),
    largestSend: octets.readUInt32LE(REPAIR_WINDOW.largestSend),
    receive: octets.readUInt32LE(REPAIR_WINDOW.receive),
    receiveUpdate: octets.readUInt32LE(REPAIR_WINDOW.receiveUpdate),
  };
}

/** Gives the state back. */
function requireMovable(state: number): number {
  if (state === TCP_STATE.established || state === TCP_STATE.closeWait) return state;
  throw new LabError(`a TCP connection in ${stateName(state)} cannot be moved`, {
    command: 'getsockopt TCP_INFO',
    remedy: 'hand over connections that this end has not closed: one that it has is finished where it is',
  });
}
