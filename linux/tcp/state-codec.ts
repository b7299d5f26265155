import { type Ipv6Address, ipv6ToBytes, readAddress } from '../../mip6/wire/address.ts';
import { DecodeError, notRepresentable } from '../../mip6/wire/decode-error.ts';
import { concatOctets, type Field, readNumber, writeNumber, writeOctets } from '../../mip6/wire/octets.ts';
import { DIGEST_OCTETS } from './absent-octets.ts';
import { decodeOptions, encodeOptions, type UnknownOption } from './options-codec.ts';
import type { TcpConnectionState } from './state.ts';

/**
 * A frozen connection on the wire between members: a fixed part of 73 octets, all there is for an empty socket
 * (the paper's 90, §6.3); then, by flag, the lengths of the three queues and their octets in that order, or, by another flag, the octets of
 * the first alone and a digest of the two others (8 octets, absent-octets.ts); then, by flag, the length of the socket options that the
 * application has set, and these (options-codec.ts).
 *
 * A flag that a member does not know is refused, for it says that something more is there. What is to come one day and may be
 * left out is an option: members skip those that they do not know.
 */
const LAYOUT = {
  version: field('version', 0, 1),
  flags: field('flags', 1, 1),
  maximumSegmentSize: field('maximum segment size', 2, 2),
  /** send scale in the upper half, receive scale in the lower */
  windowScale: field('window scale', 4, 1),
  localAddress: field('local address', 5, 16),
  remoteAddress: field('remote address', 21, 16),
  localPort: field('local port', 37, 2),
  remotePort: field('remote port', 39, 2),
  sendUnacknowledged: field('SND.UNA', 41, 4),
  receiveNext: field('RCV.NXT', 45, 4),
  timestamp: field('timestamp', 49, 4),
  lastUpdateSequence: field('SND.WL1', 53, 4),
  sendWindow: field('SND.WND', 57, 4),
  largestSendWindow: field('largest SND.WND', 61, 4),
  receiveWindow: field('RCV.WND', 65, 4),
  receiveUpdate: field('RCV.WUP', 69, 4),
} as const;
const FIXED_OCTETS = 73;

const QUEUES = {
  received: field('received length', FIXED_OCTETS, 4),
  sent: field('sent length', FIXED_OCTETS + 4, 4),
  unsent: field('unsent length', FIXED_OCTETS + 8, 4),
} as const;
const WITH_QUEUES_OCTETS = FIXED_OCTETS + 12;

const VERSION = 1;
const FLAG = {
  windowScale: 1,
  selectiveAcknowledgement: 2,
  timestamps: 4,
  noDelay: 8,
  queues: 16,
  receivedFin: 32,
  options: 64,
  absent: 128,
} as const;
const ALL_FLAGS = 255;
/** RFC 7323 §2.3 */
const LARGEST_SCALE = 14;

/**
 * `state` as octets: 73 for a connection with empty queues, 85 plus the queues otherwise, and two plus the options where there are
 * any. Throws DecodeError `not-representable`.
 */
export function encodeTcpState(state: TcpConnectionState): Uint8Array {
  const { received, sent, unsent, windowScale, window } = state;
  const { absent } = state;
  const lengths = { sent: sent.length, unsent: unsent.length, ...absent };
  const hasQueues = received.length + lengths.sent + lengths.unsent > 0;
  const options = encodeOptions(state.options, state.windowClosed);
  const bytes = new Uint8Array(hasQueues ? WITH_QUEUES_OCTETS : FIXED_OCTETS);
  const put = (target: Field, value: number): void => writeNumber(bytes, target, value);
  put(LAYOUT.version, VERSION);
  put(LAYOUT.flags, flagsOf(state, hasQueues));
  put(LAYOUT.maximumSegmentSize, state.maximumSegmentSize);
  put(
    LAYOUT.windowScale,
    windowScale === undefined ? 0 : scale(windowScale.send) * 16 + scale(windowScale.receive),
  );
  writeOctets(bytes, LAYOUT.localAddress, ipv6ToBytes(state.local.address));
  writeOctets(bytes, LAYOUT.remoteAddress, ipv6ToBytes(state.remote.address));
  put(LAYOUT.localPort, state.local.port);
  put(LAYOUT.remotePort, state.remote.port);
  put(LAYOUT.sendUnacknowledged, state.sendUnacknowledged);
  put(LAYOUT.receiveNext, state.receiveNext);
  put(LAYOUT.timestamp, state.timestamp ?? 0);
  put(LAYOUT.lastUpdateSequence, window.lastUpdateSequence);
  put(LAYOUT.sendWindow, window.send);
  put(LAYOUT.largestSendWindow, window.largestSend);
  put(LAYOUT.receiveWindow, window.receive);
  put(LAYOUT.receiveUpdate, window.receiveUpdate);
  if (!hasQueues) return concatOctets(bytes, options);
  put(QUEUES.received, received.length);
  put(QUEUES.sent, lengths.sent);
  put(QUEUES.unsent, lengths.unsent);
  return concatOctets(bytes, received, ...(absent === undefined ? [sent, unsent] : [absent.digest]), options);
}

/**
 * The state in `bytes`, whose queues are views of it. `onUnknown` is told of options that this member does not know. Throws
 * DecodeError for anything but exactly one state.
 */
export function decodeTcpState(
  bytes: Uint8Array,
  onUnknown: UnknownOption = () => undefined,
): TcpConnectionState {
  const get = (target: Field): number => readNumber(bytes, target);
  const version = get(LAYOUT.version);
  if (version !== VERSION) throw illegal(LAYOUT.version, `version ${version}, know ${VERSION}`);
  const flags = get(LAYOUT.flags);
  if ((flags & ~ALL_FLAGS) !== 0) throw illegal(LAYOUT.flags, `unknown flags in ${flags}`);
  const window = {
    lastUpdateSequence: get(LAYOUT.lastUpdateSequence),
    send: get(LAYOUT.sendWindow),
    largestSend: get(LAYOUT.largestSendWindow),
    receive: get(LAYOUT.receiveWindow),
    receiveUpdate: get(LAYOUT.receiveUpdate),
  };
  if (window.send > window.largestSend) throw illegal(LAYOUT.largestSendWindow, 'less than the window');
  const { end, ...queues } = readQueues(bytes, (flags & FLAG.queues) !== 0, (flags & FLAG.absent) !== 0);
  return {
    local: endpoint(bytes, LAYOUT.localAddress, LAYOUT.localPort),
    remote: endpoint(bytes, LAYOUT.remoteAddress, LAYOUT.remotePort),
    sendUnacknowledged: get(LAYOUT.sendUnacknowledged),
    receiveNext: get(LAYOUT.receiveNext),
    receivedFin: (flags & FLAG.receivedFin) !== 0,
    ...queues,
    maximumSegmentSize: nonZero(bytes, LAYOUT.maximumSegmentSize),
    windowScale: readScales(bytes, (flags & FLAG.windowScale) !== 0),
    selectiveAcknowledgement: (flags & FLAG.selectiveAcknowledgement) !== 0,
    timestamp: (flags & FLAG.timestamps) !== 0 ? get(LAYOUT.timestamp) : undefined,
    window,
    noDelay: (flags & FLAG.noDelay) !== 0,
    ...decodeOptions(bytes, end, (flags & FLAG.options) !== 0, onUnknown),
  };
}

function flagsOf(state: TcpConnectionState, hasQueues: boolean): number {
  return (
    (state.windowScale === undefined ? 0 : FLAG.windowScale) |
    (state.selectiveAcknowledgement ? FLAG.selectiveAcknowledgement : 0) |
    (state.timestamp === undefined ? 0 : FLAG.timestamps) |
    (state.noDelay ? FLAG.noDelay : 0) |
    (hasQueues ? FLAG.queues : 0) |
    (state.receivedFin ? FLAG.receivedFin : 0) |
    (state.options.size > 0 || state.windowClosed ? FLAG.options : 0) |
    (state.absent === undefined ? 0 : FLAG.absent)
  );
}

function readQueues(
  bytes: Uint8Array,
  present: boolean,
  isAbsent: boolean,
): Pick<TcpConnectionState, 'received' | 'sent' | 'unsent' | 'absent'> & { readonly end: number } {
  const start = present ? WITH_QUEUES_OCTETS : FIXED_OCTETS;
  const receivedEnd = start + (present ? readNumber(bytes, QUEUES.received) : 0);
  if (isAbsent) return readAbsent(bytes, present, start, receivedEnd);
  const sentEnd = receivedEnd + (present ? readNumber(bytes, QUEUES.sent) : 0);
  const end = sentEnd + (present ? readNumber(bytes, QUEUES.unsent) : 0);
  if (bytes.length < end)
    throw new DecodeError('truncated', 'queues', `needs ${end} octets, have ${bytes.length}`, start);
  if (present && end === start)
    throw new DecodeError('illegal-value', 'queues', 'present, but all empty', FIXED_OCTETS);
  return {
    received: bytes.subarray(start, receivedEnd),
    sent: bytes.subarray(receivedEnd, sentEnd),
    unsent: bytes.subarray(sentEnd, end),
    end,
  };
}

/** Of the queues towards the peer their lengths alone, and what octets they have to be. */
function readAbsent(
  bytes: Uint8Array,
  present: boolean,
  start: number,
  receivedEnd: number,
): ReturnType<typeof readQueues> {
  const [sent, unsent] = present
    ? [readNumber(bytes, QUEUES.sent), readNumber(bytes, QUEUES.unsent)]
    : [0, 0];
  if (sent + unsent === 0)
    throw new DecodeError('illegal-value', 'queues', 'absent, but empty', FIXED_OCTETS);
  const end = receivedEnd + DIGEST_OCTETS;
  if (bytes.length < end)
    throw new DecodeError('truncated', 'digest', `needs ${end} octets, have ${bytes.length}`, receivedEnd);
  const none = bytes.subarray(receivedEnd, receivedEnd);
  const absent = { sent, unsent, digest: bytes.subarray(receivedEnd, end) };
  return { received: bytes.subarray(start, receivedEnd), sent: none, unsent: none, absent, end };
}

function readScales(bytes: Uint8Array, present: boolean): TcpConnectionState['windowScale'] {
  const octet = readNumber(bytes, LAYOUT.windowScale);
  if (!present) return undefined;
  const scales = { send: octet >> 4, receive: octet & 0xf };
  if (Math.max(scales.send, scales.receive) > LARGEST_SCALE)
    throw illegal(LAYOUT.windowScale, 'more than 14');
  return scales;
}

function endpoint(bytes: Uint8Array, address: Field, port: Field): { address: Ipv6Address; port: number } {
  return { address: readAddress(bytes, address), port: nonZero(bytes, port) };
}

function nonZero(bytes: Uint8Array, target: Field): number {
  const value = readNumber(bytes, target);
  if (value === 0) throw illegal(target, 'zero');
  return value;
}

function scale(value: number): number {
  if (value >= 0 && value <= LARGEST_SCALE) return value;
  throw notRepresentable(LAYOUT.windowScale.name, `${value} is more than ${LARGEST_SCALE}`);
}

function illegal(target: Field, detail: string): DecodeError {
  return new DecodeError('illegal-value', target.name, detail, target.at);
}

function field(name: string, at: number, octets: number): Field {
  return { name, at, octets };
}
