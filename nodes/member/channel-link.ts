import type net from 'node:net';
import { type ChannelFrame, encodeFrame, FrameReader } from '../../server/channel-frames.ts';

/** Octets that open a new connection's windows, so that a full socket's state passes without a stop; paper §6.2: 80–90 kB. */
const PADDING_OCTETS = 128 * 1024;

/** One connection of the member-to-member channel: frames on an ordered stream of octets. */
export class ChannelLink {
  readonly socket: net.Socket;
  readonly #reader = new FrameReader();
  #waiting: Uint8Array[] = [];
  #writing = false;

  constructor(socket: net.Socket, onFrame: (frame: ChannelFrame) => void, onClose: () => void) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // 'close' follows, and decides
    socket.on('data', (chunk) => this.#take(chunk, onFrame));
    socket.once('close', onClose);
  }

  /**
   * In a write of its own: a small frame is one packet, and under TLS every frame begins a record. Frames that wait for each
   * other would be joined by Node, and who reads the capture could not tell where the second begins.
   */
  send(frame: ChannelFrame): void {
    this.#waiting.push(encodeFrame(frame));
    if (!this.#writing) this.#writeNext();
  }

  /** Says who we are, and opens the windows in our direction. */
  greet(hello: Extract<ChannelFrame, { kind: 'hello' }>): void {
    this.send(hello);
    this.send({ kind: 'padding', octets: PADDING_OCTETS });
  }

  #writeNext(): void {
    const next = this.socket.destroyed ? undefined : this.#waiting.shift();
    this.#writing = next !== undefined;
    if (next !== undefined) this.socket.write(next, () => this.#writeNext());
  }

  #take(chunk: Buffer, onFrame: (frame: ChannelFrame) => void): void {
    try {
      for (const frame of this.#reader.push(chunk)) onFrame(frame);
    } catch (error) {
      this.socket.destroy(error instanceof Error ? error : undefined);
    }
  }
}
