import type { TcpConnectionState } from '../../../linux/tcp/state.ts';
import { decodeTcpState, encodeTcpState } from '../../../linux/tcp/state-codec.ts';

/**
 * A checkpoint's state whose client has closed its side since, as `now` says: a request and the client's end come right behind each other, and the state may have been
 * taken in between. Its member has acknowledged the end, which the client does not repeat. Undefined: there is nothing new, or the client has sent more than its end.
 */
export function withClientEnd(tcpState: Uint8Array, now: TcpConnectionState): Uint8Array | undefined {
  const then = decodeTcpState(tcpState);
  if (then.receivedFin || !now.receivedFin || now.receiveNext !== then.receiveNext) return undefined;
  return encodeTcpState({ ...then, receivedFin: true, window: now.window });
}
