import type net from 'node:net';
import { type ChannelFrame, encodeFrame, FrameReader } from '../../server/channel-frames.ts';

/** Octets that open a new connection's windows, so that a full socket's state passes without a stop; paper §6.2: 80–90 kB. */
const PADDING_OCTETS = 128 * 1024;

/** ms of silence before the peer's kernel is asked whether it is there; longer than a handoff of the paper's lasts. */
const ATTENTION_MS = 2000;

/** One connection of the member-to-member channel: frames on an ordered stream of octets. */
export class ChannelLink {
  readonly socket: net.Socket;
  readonly #reader = new FrameReader();
  #waiting: Uint8Array[] = [];
  #writing = false;
  /** handoffs whose Init went out here and has no answer yet */
  readonly #unanswered = new Set<number>();

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
    if (frame.kind === 'init') this.#attend(frame.handoff, true);
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

  /** While an Init waits for its answer, keep-alives find a connection that is cut with nothing under way; an idle one is silent. */
  #attend(handoff: number, waits: boolean): void {
    const before = this.#unanswered.size > 0;
    if (waits) this.#unanswered.add(handoff);
    else this.#unanswered.delete(handoff);
    const now = this.#unanswered.size > 0;
    if (now !== before) this.socket.setKeepAlive(now, ATTENTION_MS);
  }

  #take(chunk: Buffer, onFrame: (frame: ChannelFrame) => void): void {
    try {
      for (const frame of this.#reader.push(chunk)) {
        if (frame.kind === 'done' || frame.kind === 'refuse') this.#attend(frame.handoff, false);
        onFrame(frame);
      }
    } catch (error) {
      this.socket.destroy(error instanceof Error ? error : undefined);
    }
  }
}
