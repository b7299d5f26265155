import type net from 'node:net';
import * as z from 'zod/mini';
import { type Ipv6Address, ipv6 } from '../mip6/wire/address.ts';
import { address, variant } from '../nodes/support/config-fields.ts';
import { ms, octets } from '../nodes/support/config-numbers.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { handoffVariant } from '../server/variants/variants.ts';
import { onClientEnd } from './client-end.ts';
import { documentPart } from './document.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';
import type { ServerLibrary } from './server-library.ts';

export const downloadServerConfig = strictObject({
  kind: z.literal('download'),
  /** octets after which the client is handed off */
  firstBytes: octets,
  /** care-of address of the acceptor, or `policy`: the server's policy chooses it; absent: this member hands nobody off */
  acceptor: z.optional(z.union([address, z.literal('policy')])),
  variant,
  waitMs: ms,
  /** octets written at once, so that a download can go to another member at any time (`clientState`); absent: all */
  chunkBytes: z.optional(octets),
});

/** The application state of a download (paper §5): which part of the document is still to be sent. */
interface DownloadState {
  readonly next: number;
  readonly end: number;
}

/** In place of a document's end: the client has not asked for one yet. */
const AWAITED = 0xffffffff;

const requestLimit = 64;

/**
 * The paper's test application (§6.2): the first member sends the first part of the document and hands the client off,
 * the second sends the rest and closes.
 */
export class DownloadServer implements ServerApplication {
  readonly #config: z.infer<typeof downloadServerConfig>;
  #server: ServerLibrary | undefined;
  /** by connection, where documents are written in chunks: who hands it off although nobody here has asked for it */
  readonly #leaving = new WeakMap<net.Socket, PromiseWithResolvers<Uint8Array | undefined>>();
  /** connections with no request yet, of which there is no download to speak of: how to stop waiting for one */
  readonly #idle = new WeakMap<net.Socket, () => void>();

  constructor(config: z.infer<typeof downloadServerConfig>) {
    this.#config = config;
  }

  start({ server }: ApplicationHost): void {
    this.#server = server;
    server.clientReceive((socket, applicationState) => {
      const state = decodeState(applicationState);
      if (state.end === AWAITED) this.onConnection(socket);
      else {
        socket.on('error', () => socket.destroy());
        this.#begin(socket, state);
      }
    });
    server.clientSurvives((socket, applicationState, _client, { sent }) => {
      const { next, end } = decodeState(applicationState);
      socket.on('error', () => socket.destroy());
      this.#begin(socket, { next: Math.min(next + sent, end), end });
    });
    server.resumable((applicationState, octets) => {
      const { next, end } = decodeState(applicationState);
      return end === AWAITED || octets > next ? undefined : documentPart(next - octets, next);
    });
    if (this.#config.chunkBytes !== undefined) server.clientState((socket) => this.#leave(socket));
  }

  onConnection(socket: net.Socket): void {
    let request = '';
    // Without a request: nothing to send.
    const stopWaiting = onClientEnd(socket, () => void this.#server!.clientClose(socket));
    this.#idle.set(socket, stopWaiting);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      this.#idle.delete(socket);
      const line = /^GET (\d{1,10})\n/.exec(request);
      if (line !== null) {
        stopWaiting();
        socket.removeAllListeners('data');
        socket.pause();
        const end = Number(line[1]);
        this.#protect(socket, { next: 0, end });
        this.#sendFirstPart(socket, end);
      } else if (request.length > requestLimit) socket.destroy();
    });
  }

  close(): void {}

  /** All that is written from here on follows from the state. */
  #begin(socket: net.Socket, state: DownloadState): void {
    this.#protect(socket, state);
    this.#sendRest(socket, state);
  }

  /** Nobody waits for it: until then the download ends with this member. */
  #protect(socket: net.Socket, state: DownloadState): void {
    void this.#server!.protect(socket, encodeState(state));
  }

  #sendFirstPart(socket: net.Socket, end: number): void {
    const { acceptor, firstBytes } = this.#config;
    if (acceptor === undefined || firstBytes >= end) {
      this.#sendRest(socket, { next: 0, end });
      return;
    }
    const state = { next: firstBytes, end };
    if (acceptor !== 'policy') this.#prepare(socket, acceptor);
    socket.write(documentPart(0, firstBytes), () => {
      // The callback runs when the last octet is in the kernel's socket: the paper's "last send() call returns".
      if (acceptor !== 'policy') this.#handOff(socket, state, ipv6(acceptor));
      else void this.#handOffByPolicy(socket, state);
    });
  }

  /** A variant that wants to is prepared as soon as its acceptor is known, while the first part is sent. */
  #prepare(socket: net.Socket, acceptor: string): void {
    const variant = handoffVariant(this.#config.variant);
    if (variant.prepareAt === 'request' && variant.stays !== true)
      this.#server!.prepare(socket, acceptor, { variant });
  }

  async #handOffByPolicy(socket: net.Socket, state: DownloadState): Promise<void> {
    const acceptor = await this.#server!.chooseAcceptor(ipv6(socket.remoteAddress ?? '::'));
    if (socket.destroyed) return;
    if (acceptor === undefined) this.#sendRest(socket, state);
    else this.#handOff(socket, state, acceptor);
  }

  #handOff(socket: net.Socket, state: DownloadState, acceptor: Ipv6Address): void {
    const { variant, waitMs } = this.#config;
    const options = { variant: handoffVariant(variant), waitMs };
    this.#server!.clientHandoff(socket, acceptor, encodeState(state), options).then(
      (result) => result.moved || this.#sendRest(result.socket, state),
      () => undefined, // lost: nobody can go on, and the socket is gone
    );
  }

  #sendRest(socket: net.Socket, { next, end }: DownloadState): void {
    const to = Math.min(end, next + (this.#config.chunkBytes ?? end));
    const state = { next: to, end };
    socket.write(documentPart(next, to), () => {
      const leaving = this.#leaving.get(socket);
      this.#leaving.delete(socket);
      // Written to the end it is closed here.
      leaving?.resolve(to < end ? encodeState(state) : undefined);
      if (to >= end) void this.#server!.clientClose(socket);
      else if (leaving === undefined && !socket.destroyed) this.#sendRest(socket, state);
    });
  }

  /** At the next boundary of a write; in the middle of a request line the connection stays. */
  #leave(socket: net.Socket): Promise<Uint8Array | undefined> {
    const stopWaiting = this.#idle.get(socket);
    if (stopWaiting !== undefined) {
      stopWaiting();
      socket.removeAllListeners('data');
      return Promise.resolve(encodeState({ next: 0, end: AWAITED }));
    }
    const leaving = Promise.withResolvers<Uint8Array | undefined>();
    this.#leaving.set(socket, leaving);
    return leaving.promise;
  }
}

function encodeState({ next, end }: DownloadState): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(next, 0);
  bytes.writeUInt32BE(end, 4);
  return bytes;
}

function decodeState(bytes: Uint8Array): DownloadState {
  const view = Buffer.from(bytes);
  return { next: view.readUInt32BE(0), end: view.readUInt32BE(4) };
}
