import type net from 'node:net';
import { type AnyChannelFrame, encodeFrame, FrameReader } from '../../server/channel-frames.ts';

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
  /** handoffs, with their contact address where it is not the first, whose Init went out here and has no answer yet */
  readonly #unanswered = new Set<string>();
  /** the peer has acted as if this connection were none, and nothing has come of it since */
  #doubtful = false;
  #attentive = false;

  constructor(
    socket: net.Socket,
    onFrame: (frame: AnyChannelFrame) => void,
    onClose: () => void,
    onFault: (reason: string) => void,
  ) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // 'close' follows, and decides
    socket.on('data', (chunk) => this.#take(chunk, onFrame, onFault));
    socket.once('close', onClose);
  }

  /**
   * In a write of its own: a small frame is one packet, and under TLS every frame begins a record. Frames that wait for each
   * other would be joined by Node, and who reads the capture could not tell where the second begins.
   */
  send(frame: AnyChannelFrame): void {
    this.#attend(frame);
    this.#waiting.push(encodeFrame(frame));
    if (!this.#writing) this.#writeNext();
  }

  /** Says who we are, and opens the windows in our direction. */
  greet(hello: Extract<AnyChannelFrame, { kind: 'hello' }>): void {
    this.send(hello);
    this.send({ kind: 'padding', octets: PADDING_OCTETS });
  }

  /** The peer looks for us: it may have given this connection up while the network was cut, which an idle end does not notice. */
  doubt(): void {
    this.#doubtful = true;
    this.#keepAlive();
  }

  #writeNext(): void {
    const next = this.socket.destroyed ? undefined : this.#waiting.shift();
    this.#writing = next !== undefined;
    if (next !== undefined) this.socket.write(next, () => this.#writeNext());
  }

  /** While an Init waits for its answer, keep-alives find a connection that is cut with nothing under way. */
  #attend(frame: AnyChannelFrame): void {
    const [contact, inner] = frame.kind === 'of-contact' ? [frame.contactAddress, frame.frame] : ['', frame];
    if (inner.kind === 'init') this.#unanswered.add(`${contact} ${inner.handoff}`);
    if (inner.kind === 'done' || inner.kind === 'refuse')
      this.#unanswered.delete(`${contact} ${inner.handoff}`);
    this.#keepAlive();
  }

  /** An idle connection in good standing is silent. */
  #keepAlive(): void {
    const attentive = this.#doubtful || this.#unanswered.size > 0;
    if (attentive !== this.#attentive) this.socket.setKeepAlive(attentive, ATTENTION_MS);
    this.#attentive = attentive;
  }

  /** What cannot be read, or cannot be done, ends the connection: the state of both ends would part otherwise. */
  #take(chunk: Buffer, onFrame: (frame: AnyChannelFrame) => void, onFault: (reason: string) => void): void {
    this.#doubtful = false;
    this.#keepAlive();
    try {
      for (const frame of this.#reader.push(chunk)) {
        this.#attend(frame);
        onFrame(frame);
      }
    } catch (error) {
      onFault(String(error));
      this.socket.destroy(error instanceof Error ? error : undefined);
    }
  }
}
