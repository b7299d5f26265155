import type net from 'node:net';
import { hasDescriptor } from '../../../linux/tcp/node-socket.ts';
import type { TcpConnectionState } from '../../../linux/tcp/state.ts';
import { decodeTcpState, encodeTcpState } from '../../../linux/tcp/state-codec.ts';
import { kernelRefusal } from '../../support/kernel-refusal.ts';
import { asMember } from '../application-guard.ts';
import { stateOf } from './checkpoint.ts';

/** Clients that may close their side behind the latest checkpoint of their connection, of which their backup hears then. */
export class ClientEnds {
  readonly #sendBuffer: number;
  readonly #forget = new WeakMap<net.Socket, () => void>();

  /** `sendBuffer`: the member's SO_SNDBUF, as setsockopt takes it */
  constructor(sendBuffer: number) {
    this.#sendBuffer = sendBuffer;
  }

  /** `tell`: the checkpoint's state, `tcpState`, as it is with the client's end. */
  watch(socket: net.Socket, tcpState: Uint8Array, tell: (tcpState: Uint8Array) => void): void {
    if (socket.readableEnded) return;
    const onEnd = asMember(() => {
      if (socket.writableEnded || !hasDescriptor(socket)) return;
      let told: Uint8Array | undefined;
      // One that has come to its end meanwhile cannot be read: that is told by itself.
      kernelRefusal(() => {
        told = withClientEnd(tcpState, stateOf(socket, 0, this.#sendBuffer));
      });
      if (told !== undefined) tell(told);
    });
    socket.once('end', onEnd);
    this.#forget.set(socket, () => void socket.off('end', onEnd));
  }

  /** There is a newer checkpoint. */
  forget(socket: net.Socket): void {
    this.#forget.get(socket)?.();
    this.#forget.delete(socket);
  }
}

/**
 * A checkpoint's state whose client has closed its side since, as `now` says: a request and the client's end come right behind each other, and the state may have been
 * taken in between. Its member has acknowledged the end, which the client does not repeat. Undefined: there is nothing new, or the client has sent more than its end.
 */
export function withClientEnd(tcpState: Uint8Array, now: TcpConnectionState): Uint8Array | undefined {
  const then = decodeTcpState(tcpState);
  if (then.receivedFin || !now.receivedFin || now.receiveNext !== then.receiveNext) return undefined;
  return encodeTcpState({ ...then, receivedFin: true, window: now.window });
}
