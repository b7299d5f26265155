import { TCP_FLAG, TCP_LAYOUT } from '../../mip6/wire/tcp-header.ts';
import { LabError } from '../lab-error.ts';
import {
  ARRIVAL_INTERFACE,
  accept,
  attachFilter,
  type FilterInstruction,
  ifAnyBit,
  ifEqual,
  load,
} from '../packet-filter.ts';
import { interfaceIndex, setNumberOption, waitForEvent } from '../socket-libc.ts';
import { TCP_QUICKACK } from '../socket-options.ts';
import { connectionState, stateName, TCP_STATE } from './connection-state.ts';
import { sendSegment } from './raw-segment.ts';
import { admitAll, deafen } from './silence.ts';
import type { TcpConnectionState } from './state.ts';

const WHOLE = 0xffffffff;
/** poll(2): the peer will send no more */
const POLLRDHUP = 0x2000;
/** What goes over the loopback device has this long at most: it is there in microseconds, also where the kernel is busy. */
const ARRIVAL_MS = 100;
/** a wait that signals interrupt is begun again so often */
const ATTEMPTS = 5;

/**
 * Gives a restored socket the FIN that its peer has sent the donor: repair mode knows established connections only, so the kernel
 * gets the segment as if it came in, and goes from ESTABLISHED to CLOSE-WAIT by itself (as CRIU's libsoccr has it done).
 *
 * To be called in repair mode with both queues filled and a receive window of at least one octet, while the socket is deaf and
 * mute: it hears this one segment, from this host, and what it answers does not leave. Throws LabError when it does not take it.
 */
export function receiveFin(descriptor: number, state: TcpConnectionState): void {
  const { local, remote, receiveNext, sendUnacknowledged } = state;
  admitAll(descriptor);
  attachFilter(descriptor, finFromThisHost());
  try {
    sendSegment(remote.address, local.address, {
      sourcePort: remote.port,
      destinationPort: local.port,
      sequence: receiveNext,
      acknowledgement: sendUnacknowledged,
      flags: TCP_FLAG.fin | TCP_FLAG.ack,
      // Whatever it says is replaced by the window that the donor knew.
      window: 0,
    });
    awaitFin(descriptor);
  } finally {
    deafen(descriptor);
  }
  const now = connectionState(descriptor);
  if (now !== TCP_STATE.closeWait) {
    throw new LabError(`a restored connection did not take its peer's FIN: it is in ${stateName(now)}`, {
      command: 'sendto of a TCP segment to itself',
      remedy: 'set the loopback device up and configure the local address on this host',
    });
  }
  // The donor has acknowledged it: an acknowledgement that is owed now goes nowhere, and none is owed later.
  setNumberOption(descriptor, TCP_QUICKACK, 1);
}

/**
 * The segment has mostly arrived when the call that sent it returns. Where other packets come in at that instant it has not: the kernel
 * leaves them all to ksoftirqd, and that thread runs when this one waits.
 */
function awaitFin(descriptor: number): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (connectionState(descriptor) === TCP_STATE.closeWait) return;
    if (waitForEvent(descriptor, POLLRDHUP, ARRIVAL_MS)) return;
  }
}

function finFromThisHost(): FilterInstruction[] {
  return [
    load(4, ARRIVAL_INTERFACE),
    ifEqual(interfaceIndex('lo'), 0, 'drop'),
    load(1, TCP_LAYOUT.flags.at),
    ifAnyBit(TCP_FLAG.fin, 0, 'drop'),
    accept(WHOLE),
  ];
}
