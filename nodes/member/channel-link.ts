import type net from 'node:net';
import { type ChannelFrame, encodeFrame, FrameReader } from '../../server/channel-frames.ts';

/** Octets that open a new connection's windows, so that a full socket's state passes without a stop; paper §6.2: 80–90 kB. */
const PADDING_OCTETS = 128 * 1024;

/** One connection of the member-to-member channel: frames on an ordered stream of octets. */
export class ChannelLink {
  readonly socket: net.Socket;
  readonly #reader = new FrameReader();

  constructor(socket: net.Socket, onFrame: (frame: ChannelFrame) => void, onClose: () => void) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // 'close' follows, and decides
    socket.on('data', (chunk) => this.#take(chunk, onFrame));
    socket.once('close', onClose);
  }

  /** In one write: a small frame is one packet. */
  send(frame: ChannelFrame): void {
    this.socket.write(encodeFrame(frame));
  }

  /** Says who we are, and opens the windows in our direction. */
  greet(hello: Extract<ChannelFrame, { kind: 'hello' }>): void {
    this.send(hello);
    this.send({ kind: 'padding', octets: PADDING_OCTETS });
  }

  #take(chunk: Buffer, onFrame: (frame: ChannelFrame) => void): void {
    try {
      for (const frame of this.#reader.push(chunk)) onFrame(frame);
    } catch (error) {
      this.socket.destroy(error instanceof Error ? error : undefined);
    }
  }
}
