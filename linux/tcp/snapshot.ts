import { LabError } from '../lab-error.ts';
import { MSG_PEEK, receiveOctets, setNumberOption } from '../socket-libc.ts';
import { SO_REUSEADDR, TCP_REPAIR } from '../socket-options.ts';
import { connectionState } from './connection-state.ts';
import { readRest } from './extract.ts';
import { REPAIR } from './freeze.ts';
import type { MovedOptions } from './movable-options.ts';
import { unread } from './queue-length.ts';
import { QUEUE, queueEnd, selectQueue, sequenceMinus } from './repair.ts';
import type { TcpConnectionState } from './state.ts';

/** What arrives while the queue is read makes it be read again: no link is so fast that it does so each time. */
const MOST_READINGS = 16;

/**
 * The state of a connection that lives on, without the octets of its output: whoever re-creates it asks the peer where it stands, and writes the
 * rest anew. `sendUnacknowledged` is the sequence number of the next octet that is written here.
 *
 * Repair mode lasts for some system calls of this process, a few microseconds: nothing is dropped and nothing is sent for it; a segment
 * that comes meanwhile is taken as ever. Throws LabError when this end has closed its own side.
 */
export function snapshot(descriptor: number, options: MovedOptions): TcpConnectionState {
  setNumberOption(descriptor, TCP_REPAIR, REPAIR.on);
  try {
    // The client's end may come in between: it counts in RCV.NXT, and is one with the connection's state.
    const { rest, arrived } = readTogether(
      () => connectionState(descriptor),
      () => ({ rest: readRest(descriptor, options), arrived: readArrived(descriptor) }),
    );
    const { end, octets } = arrived;
    selectQueue(descriptor, QUEUE.send);
    const none = new Uint8Array(0);
    return {
      ...rest,
      sendUnacknowledged: queueEnd(descriptor),
      receiveNext: sequenceMinus(end, rest.receivedFin ? 1 : 0),
      received: octets,
      sent: none,
      unsent: none,
    };
  } finally {
    // With a probe the peer would answer each snapshot.
    setNumberOption(descriptor, TCP_REPAIR, REPAIR.offWithoutProbe);
    setNumberOption(descriptor, SO_REUSEADDR, 1);
  }
}

/** What is `read` of a socket that lives while what is `seen` of it stays as it is. Throws LabError. */
export function readTogether<Read>(see: () => number, read: () => Read): Read {
  let before = see();
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const what = read();
    const behind = see();
    if (behind === before) return what;
    before = behind;
  }
  throw new LabError('a socket changes faster than it can be read', {
    command: 'getsockopt TCP_INFO',
    remedy: 'let the connection be read before it is protected',
  });
}

/** What has arrived and is not read, all of it up to RCV.NXT. */
function readArrived(descriptor: number): { readonly end: number; readonly octets: Uint8Array } {
  selectQueue(descriptor, QUEUE.receive);
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const end = queueEnd(descriptor);
    const octets = Buffer.alloc(unread(descriptor));
    const have =
      octets.length === 0 ? 0 : receiveOctets(descriptor, octets, MSG_PEEK, 'queue of a live socket');
    if (have === octets.length && queueEnd(descriptor) === end) return { end, octets };
  }
  throw new LabError('octets come faster than the queue of a socket can be read', {
    command: 'recv',
    remedy: 'let the connection be read before it is protected',
  });
}
