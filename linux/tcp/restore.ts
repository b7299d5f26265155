import { LabError } from '../lab-error.ts';
import { AF_INET6, encodeSocketAddress } from '../socket-address.ts';
import {
  bindSocket,
  closeDescriptor,
  connectSocket,
  getNumberOption,
  openSocket,
  SOCK_STREAM,
  sendOctets,
  setNumberOption,
  setOption,
  WOULD_BLOCK,
} from '../socket-libc.ts';
import {
  IPV6_FREEBIND,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_QUEUE_SEQ,
  TCP_REPAIR,
  TCP_REPAIR_OPTIONS,
  TCP_REPAIR_WINDOW,
  TCP_TIMESTAMP,
  TCP_WINDOW_CLAMP,
} from '../socket-options.ts';
import { giveBuffersBack, makeRoom } from './buffer-sizes.ts';
import { type OptionProblem, setOptions } from './carry-options.ts';
import { leaveRepair, REPAIR } from './freeze.ts';
import { type MovedOptions, NO_OPTIONS } from './movable-options.ts';
import { outstanding } from './queue-length.ts';
import { receiveFin } from './received-fin.ts';
import { OPTION_KIND, QUEUE, type QueueNumber, REPAIR_WINDOW, selectQueue, sequenceMinus } from './repair.ts';
import { deafen, mute } from './silence.ts';
import type { TcpConnectionState } from './state.ts';
import { timestampsBehind } from './timestamps.ts';

/** What a socket offers first, at most: it has no scale yet (RFC 7323 §2.2). More than that has grown, for a peer that sends. */
const LARGEST_FIRST_WINDOW = 0xffff;

/** How a restored socket may differ from the donor's. */
interface RestoreOptions {
  /**
   * A cap on segments, in octets without TCP options. Not needed for route optimisation: the kernel takes the
   * 24 octets of Home Address option or type 2 routing header off by itself.
   */
  readonly maximumSegmentSize?: number;
  /** SO_SNDBUF, in octets as setsockopt takes them (the kernel doubles it); default: the system's, or what the queue needs */
  readonly sendBuffer?: number;
  /**
   * ms to advance the timestamp clock by since the state was taken; default 0, right when the donor sends nothing
   * after the extraction: the peer drops what lies behind the last timestamp it saw (PAWS, RFC 7323 §5).
   */
  readonly timestampAdvance?: number;
  /**
   * Take the octets in flight for delivered when judging the peer's window, so that a window-limited flow goes on
   * before their acknowledgement. Default false: as the peer last said.
   */
  readonly inFlightLeftWindow?: boolean;
  /** An option that the donor's socket had is not set on this one, which goes on without; default: nobody is told. */
  readonly onProblem?: (problem: OptionProblem) => void;
}

/** A socket as the donor's was: frozen. */
export interface RestoredSocket {
  readonly descriptor: number;
  /** what the donor never sent: to be written by ordinary writes once the socket is active */
  readonly unsent: Uint8Array;
  /** to be set once the socket is active (`activate` does) */
  readonly options: MovedOptions;
}

/**
 * A new socket that takes `state` over, frozen: deaf, mute and in repair mode until `activate`. Throws LabError.
 *
 * Octets of `unsent` are not put into the send queue, because all that is queued in repair mode counts as sent
 * and would leave only after a loss is detected.
 */
export function restore(state: TcpConnectionState, options: RestoreOptions = {}): RestoredSocket {
  const descriptor = openSocket(AF_INET6, SOCK_STREAM, 0, 'restored TCP connection');
  const { onProblem = () => undefined } = options;
  try {
    deafen(descriptor);
    setNumberOption(descriptor, TCP_REPAIR, REPAIR.on);
    makeRoom(descriptor, state, options.sendBuffer);
    limitSegments(descriptor, state, options);
    setOptions(descriptor, state.options, 'connecting', onProblem);
    connectEnds(descriptor, state);
    // Not before: connect() would meet the mute socket's own policy and fail; in repair mode it sends nothing.
    mute(descriptor);
    setConnectionOptions(descriptor, state, options);
    setOptions(descriptor, state.options, 'frozen', onProblem);
    fillQueue(descriptor, QUEUE.receive, state.received);
    fillQueue(descriptor, QUEUE.send, state.sent);
    selectQueue(descriptor, QUEUE.none);
    if (state.receivedFin) {
      setWindow(descriptor, beforeFin(state), options);
      receiveFin(descriptor, state);
    }
    if (grownWindow(state) > LARGEST_FIRST_WINDOW) keepWindowGrown(descriptor, state, options);
    setWindow(descriptor, state, options);
    giveBuffersBack(descriptor, state.options, options.sendBuffer);
  } catch (error) {
    closeDescriptor(descriptor);
    throw error;
  }
  return { descriptor, unsent: state.unsent, options: state.options };
}

interface Activation extends Pick<RestoreOptions, 'onProblem'> {
  readonly probe?: boolean;
  /** the restored socket's */
  readonly options?: MovedOptions;
}

/**
 * Lets a restored socket speak and listen. `probe`: ask the peer at once for its acknowledgement and window (one
 * segment without data). Default: when octets are in flight, for congestion control starts with the initial window,
 * and with more than that in flight nothing else would leave before a loss probe a second later. Throws LabError.
 */
export function activate(
  descriptor: number,
  { probe = outstanding(descriptor) > 0, options = NO_OPTIONS, onProblem = () => undefined }: Activation = {},
): void {
  leaveRepair(descriptor, probe);
  setOptions(descriptor, options, 'active', onProblem);
}

function connectEnds(descriptor: number, state: TcpConnectionState): void {
  // Repair mode shares the port with the member's own listener; the address may be configured a moment later.
  setNumberOption(descriptor, IPV6_FREEBIND, 1);
  bindSocket(descriptor, encodeSocketAddress(state.local), 'local end of a restored connection');
  startQueue(descriptor, QUEUE.receive, sequenceMinus(state.receiveNext, state.received.length));
  startQueue(descriptor, QUEUE.send, state.sendUnacknowledged);
  connectSocket(descriptor, encodeSocketAddress(state.remote), 'remote end of a restored connection');
}

/** Before connect(), which computes the segment size in use from it: the repair option would come too late for that. */
function limitSegments(descriptor: number, state: TcpConnectionState, options: RestoreOptions): void {
  const most = options.maximumSegmentSize ?? state.maximumSegmentSize;
  setNumberOption(descriptor, TCP_MAXSEG, Math.min(state.maximumSegmentSize, most));
}

function startQueue(descriptor: number, queue: QueueNumber, sequence: number): void {
  selectQueue(descriptor, queue);
  setNumberOption(descriptor, TCP_QUEUE_SEQ, sequence);
}

function setConnectionOptions(descriptor: number, state: TcpConnectionState, options: RestoreOptions): void {
  const values: [kind: number, value: number][] = [];
  if (state.selectiveAcknowledgement) values.push([OPTION_KIND.selectiveAcknowledgement, 0]);
  if (state.windowScale !== undefined) {
    values.push([OPTION_KIND.windowScale, state.windowScale.send + (state.windowScale.receive << 16)]);
  }
  if (state.timestamp !== undefined) values.push([OPTION_KIND.timestamps, 0]);
  if (values.length > 0)
    setOption(descriptor, TCP_REPAIR_OPTIONS, Buffer.from(Uint32Array.from(values.flat()).buffer));
  if (state.timestamp !== undefined) {
    const told = state.timestamp + Math.round(options.timestampAdvance ?? 0);
    setNumberOption(descriptor, TCP_TIMESTAMP, timestampsBehind(told));
  }
  if (state.noDelay) setNumberOption(descriptor, TCP_NODELAY, 1);
}

function fillQueue(descriptor: number, queue: QueueNumber, octets: Uint8Array): void {
  selectQueue(descriptor, queue);
  // Each call takes what fits one kernel buffer, at least a page unless memory is short.
  let at = 0;
  while (at < octets.length) {
    const taken = sendOctets(descriptor, octets.subarray(at), 'queue of a restored connection');
    if (taken === WOULD_BLOCK || taken === 0) {
      throw new LabError(`only ${at} of ${octets.length} queued octets fit a restored connection`, {
        command: 'send',
        remedy: 'raise net.ipv4.tcp_mem in the acceptor, or move the connection with less in flight',
      });
    }
    at += taken;
  }
}

/** The state as if the peer's FIN, one octet in sequence space, had yet to come: it fits in the window, whose edge is where it was. */
export function beforeFin(state: TcpConnectionState): TcpConnectionState {
  const { receiveNext, window } = state;
  const early = (window.receiveUpdate - receiveNext) | 0;
  const receiveUpdate = early > 0 ? receiveNext : window.receiveUpdate;
  const receive = Math.max(window.receive + Math.max(0, early), ((receiveNext - receiveUpdate) >>> 0) + 1);
  return { ...state, window: { ...window, receive, receiveUpdate } };
}

/** What the socket would offer if all had been read. */
function grownWindow({ window, received }: TcpConnectionState): number {
  return window.receive + received.length;
}

/**
 * A new socket's window grows slowly, and while it does the kernel acknowledges each segment by itself (`tcp_grow_window`): where the
 * way to the peer is narrow, twice as many acknowledgements as before halve what the peer can send. Setting the bound on the window, to what it is,
 * lets it begin at what is offered then: at what had been, whether it has been read or not.
 */
function keepWindowGrown(descriptor: number, state: TcpConnectionState, options: RestoreOptions): void {
  setWindow(descriptor, { ...state, window: { ...state.window, receive: grownWindow(state) } }, options);
  const bound = getNumberOption(descriptor, TCP_WINDOW_CLAMP);
  // The kernel looks no further at a bound that it has.
  setNumberOption(descriptor, TCP_WINDOW_CLAMP, bound - 1);
  setNumberOption(descriptor, TCP_WINDOW_CLAMP, bound);
}

function setWindow(descriptor: number, { window, sent }: TcpConnectionState, options: RestoreOptions): void {
  const send = Math.min(window.send + (options.inFlightLeftWindow ? sent.length : 0), 0xffffffff);
  const octets = Buffer.alloc(REPAIR_WINDOW.octets);
  octets.writeUInt32LE(window.lastUpdateSequence, REPAIR_WINDOW.lastUpdateSequence);
  octets.writeUInt32LE(send, REPAIR_WINDOW.send);
  octets.writeUInt32LE(Math.max(window.largestSend, send), REPAIR_WINDOW.largestSend);
  octets.writeUInt32LE(window.receive, REPAIR_WINDOW.receive);
  octets.writeUInt32LE(window.receiveUpdate, REPAIR_WINDOW.receiveUpdate);
  setOption(descriptor, TCP_REPAIR_WINDOW, octets);
}
