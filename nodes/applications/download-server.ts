import type net from 'node:net';
import * as z from 'zod/mini';
import { ipv6 } from '../../mip6/wire/address.ts';
import { handoffVariant } from '../../server/variants.ts';
import type { MemberServer } from '../member/member-server.ts';
import { documentPart } from './document.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';

export const downloadServerConfig = z.object({
  kind: z.literal('download'),
  /** octets after which the client is handed off */
  firstBytes: z.int(),
  /** care-of address of the acceptor; absent: this member hands nobody off */
  acceptor: z.optional(z.ipv6()),
  variant: z.string(),
  waitMs: z.number(),
});

/** The application state of a download (paper §5): which part of the document is still to be sent. */
interface DownloadState {
  readonly next: number;
  readonly end: number;
}

const requestLimit = 64;

/**
 * The paper's test application (§6.2): the first member sends the first part of the document and hands the client off,
 * the second sends the rest and closes.
 */
export class DownloadServer implements ServerApplication {
  readonly #config: z.infer<typeof downloadServerConfig>;
  #server: MemberServer | undefined;

  constructor(config: z.infer<typeof downloadServerConfig>) {
    this.#config = config;
  }

  start({ server }: ApplicationHost): void {
    this.#server = server;
    server.clientReceive((socket, applicationState) => {
      socket.on('error', () => socket.destroy());
      this.#sendRest(socket, decodeState(applicationState));
    });
  }

  onConnection(socket: net.Socket): void {
    let request = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      const line = /^GET (\d{1,10})\n/.exec(request);
      if (line !== null) {
        socket.removeAllListeners('data');
        socket.pause();
        this.#sendFirstPart(socket, Number(line[1]));
      } else if (request.length > requestLimit) socket.destroy();
    });
  }

  close(): void {}

  #sendFirstPart(socket: net.Socket, end: number): void {
    const { acceptor, firstBytes, variant, waitMs } = this.#config;
    if (acceptor === undefined || firstBytes >= end) {
      this.#sendRest(socket, { next: 0, end });
      return;
    }
    const state = { next: firstBytes, end };
    socket.write(documentPart(0, firstBytes), () => {
      // The callback runs when the last octet is in the kernel's socket: the paper's "last send() call returns".
      this.#server!.clientHandoff(socket, ipv6(acceptor), encodeState(state), {
        variant: handoffVariant(variant),
        waitMs,
      }).then(
        (back) => back && this.#sendRest(back, state),
        () => undefined, // lost: nobody can go on, and the socket is gone
      );
    });
  }

  #sendRest(socket: net.Socket, { next, end }: DownloadState): void {
    socket.write(documentPart(next, end), () => void this.#server!.clientClose(socket));
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
