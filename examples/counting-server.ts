import type net from 'node:net';
import { ipv6 } from '../mip6/wire/address.ts';
import type { ApplicationHost, ServerApplication } from '../nodes/applications/server-application.ts';
import type { MemberServer } from '../nodes/member/member-server.ts';
import { handoffVariant } from '../server/variants.ts';

/** Lines that one member answers before it hands its client off. */
const TURN = 3;

/**
 * A server that numbers its client's lines. After three of them the client goes to the next member, which counts on; the
 * client sees one connection and one count. The application's whole state is one number.
 */
export class CountingServer implements ServerApplication {
  readonly #nextMember: string;
  #server: MemberServer | undefined;

  constructor(nextMember: string) {
    this.#nextMember = nextMember;
  }

  start({ server }: ApplicationHost): void {
    this.#server = server;
  }

  onConnection(socket: net.Socket): void {
    this.#count(socket, 0);
  }

  /** The paper's `client_receive`: a client has come from another member, with what that member knew of it. */
  onReceive(socket: net.Socket, _client: string, state: Uint8Array): void {
    this.#count(socket, Buffer.from(state).readUInt32BE(0));
  }

  close(): void {}

  #count(socket: net.Socket, from: number): void {
    let count = from;
    socket.on('error', () => socket.destroy());
    socket.once('end', () => void this.#server!.clientClose(socket));
    socket.on('data', (chunk) => {
      const lines = chunk.toString('latin1').split('\n').length - 1;
      if (lines === 0) return;
      count += lines;
      socket.write(`${count}\n`, () => count >= from + TURN && this.#handOff(socket, count));
    });
  }

  #handOff(socket: net.Socket, count: number): void {
    const state = Buffer.alloc(4);
    state.writeUInt32BE(count);
    socket.removeAllListeners('data').removeAllListeners('end');
    const how = { variant: handoffVariant('drain+advance-rr'), waitMs: 0 };
    void this.#server!.clientHandoff(socket, ipv6(this.#nextMember), state, how).then(
      (back) => back && this.#count(back, count),
      () => undefined,
    );
  }
}
