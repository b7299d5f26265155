import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { LARGEST_STATES_OCTETS } from '../channel/frame-limits.ts';
import { FrameOctets, u8, u32 } from '../channel/frame-octets.ts';

/**
 * A TCP state whose queues are deflated (RFC 1951), to members with the capability `deflated`: in place of its version, which is 1, stands 255,
 * then the length of the state (u32), then the state itself, deflated.
 */
const DEFLATED = 255;
const HEAD_OCTETS = 5;

/**
 * The state deflated, where that makes it shorter; else as it is. Of use where a client was cut off in the middle of sending: what it has sent and the
 * application has not read has to leave this member through an uplink that may be narrower than the client's.
 */
export function deflated(tcpState: Uint8Array): Uint8Array {
  // The fastest: the uplink is the bottleneck, or nothing is, and then this is.
  const body = deflateRawSync(tcpState, { level: constants.Z_BEST_SPEED });
  if (HEAD_OCTETS + body.length >= tcpState.length) return tcpState;
  return Buffer.concat([u8(DEFLATED), u32(tcpState.length), body]);
}

/**
 * TCP states as they were, in the order in which they came, with no more octets in all than an Init may have. Throws ProtocolError.
 */
export class Inflating {
  #left = LARGEST_STATES_OCTETS;

  next(tcpState: Uint8Array): Uint8Array {
    const octets = wholeLength(tcpState);
    this.#left -= octets;
    if (this.#left < 0)
      throw new ProtocolError(`TCP states of more than ${LARGEST_STATES_OCTETS} octets in one Init`);
    return isDeflated(tcpState) ? inflated(tcpState.subarray(HEAD_OCTETS), octets) : tcpState;
  }
}

/** Octets of a state that may be deflated, as it was. Throws ProtocolError where it ends too early to say so. */
export function wholeLength(tcpState: Uint8Array): number {
  if (!isDeflated(tcpState)) return tcpState.length;
  const head = new FrameOctets(tcpState);
  head.u8();
  return head.u32();
}

function isDeflated(tcpState: Uint8Array): boolean {
  return tcpState[0] === DEFLATED;
}

function inflated(body: Uint8Array, octets: number): Uint8Array {
  const { state, consumed } = inflate(body, octets);
  if (state.length !== octets || consumed !== body.length)
    throw new ProtocolError(`a deflated TCP state is not of the ${octets} octets that it names`);
  return state;
}

interface WithInfo {
  readonly buffer: Buffer;
  /** octets that were read, of those that were there */
  readonly engine: { readonly bytesWritten: number };
}

/** Never more than `most` octets, whatever the deflated ones say. */
function inflate(body: Uint8Array, most: number): { state: Uint8Array; consumed: number } {
  try {
    const options = { info: true, maxOutputLength: Math.max(most, 1) };
    // Node's types do not tell what `info` changes.
    const result = inflateRawSync(body, options) as unknown as WithInfo;
    return { state: result.buffer, consumed: result.engine.bytesWritten };
  } catch (error) {
    throw new ProtocolError(`a deflated TCP state cannot be read: ${String(error)}`);
  }
}
