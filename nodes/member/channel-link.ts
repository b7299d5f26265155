import type net from 'node:net';
import type { PathState } from '../../linux/tcp/path-state.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import {
  type AnyChannelFrame,
  encodeFrame,
  FrameReader,
  type HelloFrame,
  type UnknownFrame,
} from '../../server/channel/channel-frames.ts';
import { FRAME_PATIENCE, type FramePatience } from '../../server/channel/frame-buffer.ts';
import { type FrameKind, frameOfKind } from '../../server/channel/frame-table.ts';
import { type Agreement, type Capability, haveBoth } from '../../server/channel/versions.ts';
import { Alarm } from '../support/alarm.ts';
import { monotonicMs } from '../support/role-driver.ts';

/** Octets that open a new connection's windows, so that a full socket's state passes without a stop; paper §6.2: 80–90 kB. */
export const PADDING_OCTETS = 128 * 1024;

/** ms of silence before the peer's kernel is asked whether it is there; longer than a handoff of the paper's lasts. */
export const ATTENTION_MS = 2000;

/** Of one connection that are told: a peer could send such for ever. */
export const MOST_ODDITIES = 32;

/** What a frame is that one end cannot take, and the other goes on without; told once for each type of it and connection. */
export type FrameOddity =
  /** not known here; it is optional, or was answered with Not understood */
  | { readonly kind: 'frame-unknown'; readonly type: number; readonly inner?: number }
  /** the peer does not know what was sent */
  | { readonly kind: 'frame-not-understood'; readonly type: number; readonly inner?: number }
  /** not for a channel that is keyed with the group key alone */
  | { readonly kind: 'frame-untrusted'; readonly type: number };

interface LinkOptions {
  /** keyed with the trust key, too */
  readonly trusted?: boolean;
  /** for a frame that has begun; default `FRAME_PATIENCE` */
  readonly patience?: FramePatience;
  onOddity?(oddity: FrameOddity): void;
  /** of the connection under this one; undefined: not known */
  path?(): PathState | undefined;
}

/** One connection of the member-to-member channel: frames on an ordered stream of octets. */
export class ChannelLink {
  readonly socket: net.Socket;
  readonly #reader: FrameReader;
  readonly #options: LinkOptions;
  /** what has been told */
  readonly #odd = new Set<string>();
  #agreement: Agreement | undefined;
  #waiting: Uint8Array[] = [];
  #writing = false;
  /** handoffs, with their contact address where it is not the first, whose Init went out here and has no answer yet */
  readonly #unanswered = new Set<string>();
  /** the peer has acted as if this connection were none, and nothing has come of it since */
  #doubtful = false;
  #attentive = false;
  readonly #overdue: Alarm;
  #heardAt = monotonicMs();

  constructor(
    socket: net.Socket,
    onFrame: (frame: AnyChannelFrame) => void,
    onClose: () => void,
    onFault: (reason: string) => void,
    options: LinkOptions = {},
  ) {
    this.socket = socket;
    this.#options = options;
    this.#reader = new FrameReader(options.patience ?? FRAME_PATIENCE);
    this.#overdue = new Alarm(() => this.#watch(onFault));
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // 'close' follows, and decides
    socket.on('data', (chunk) => this.#take(chunk, onFrame, onFault));
    socket.once('close', () => {
      this.#overdue.stop();
      onClose();
    });
  }

  /**
   * In a write of its own: a small frame is one packet, and under TLS every frame begins a record. Node would join frames that wait for
   * each other, and nobody could tell in a capture where the second begins. Throws ProtocolError for a frame
   * that the peer would refuse.
   */
  send(frame: AnyChannelFrame): void {
    this.#waiting.push(encodeFrame(frame));
    this.#attend(frame);
    if (!this.#writing) this.#writeNext();
  }

  /** The peer's Hello has come: from now on it is known what it can take. */
  agreed(agreement: Agreement | undefined): void {
    this.#agreement = agreement;
  }

  /** Whether the peer knows these frames, and they may be said on this connection. */
  takes(kind: FrameKind): boolean {
    const { since, secret } = frameOfKind(kind);
    return since <= (this.#agreement?.version ?? 0) && (secret === 'group' || this.#options.trusted === true);
  }

  /** Whether this member and the peer both can. */
  can(capability: Capability): boolean {
    return haveBoth(this.#agreement, capability);
  }

  /** When octets came from the peer last; they are its process's. */
  get heardAt(): Instant {
    return this.#heardAt;
  }

  /** The same, or when its kernel acknowledged something while there was more for it to take: a long frame passes slowly. */
  get progressAt(): Instant {
    const { path } = this;
    if (path === undefined || path.outstanding === 0) return this.#heardAt;
    return Math.max(this.#heardAt, monotonicMs() - path.sinceAcknowledgementMs);
  }

  /** undefined: not known, or the connection is over */
  get path(): PathState | undefined {
    return this.socket.destroyed ? undefined : this.#options.path?.();
  }

  /** Says who we are, and opens the windows in our direction. */
  greet(hello: HelloFrame): void {
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
    this.#heardAt = monotonicMs();
    this.#keepAlive();
    try {
      for (const frame of this.#reader.read(chunk, monotonicMs())) {
        if (frame.kind === 'unknown-frame') this.#answerUnknown(frame);
        else if (this.#isSound(frame)) {
          this.#attend(frame);
          onFrame(frame);
        }
      }
      this.#watch(onFault);
    } catch (error) {
      onFault(String(error));
      this.socket.destroy(error instanceof Error ? error : undefined);
    }
  }

  /** Not acted on, and said so: the peer's other frames, about other clients, are understood. */
  #answerUnknown({ type, inner, optional }: UnknownFrame): void {
    const what = inner === undefined ? { type } : { type, inner };
    const isNew = this.#tell({ kind: 'frame-unknown', ...what });
    if (isNew && this.can('refusals') && !optional) this.send({ kind: 'not-understood', ...what });
  }

  /** Whether a frame may be acted on: those about association data came from who holds the trust key, or did not come. */
  #isSound(frame: AnyChannelFrame): boolean {
    if (frame.kind === 'not-understood') {
      const { type, inner } = frame;
      this.#tell({ kind: 'frame-not-understood', type, ...(inner === undefined ? {} : { inner }) });
      return false;
    }
    const { secret, type } = frameOfKind(frame.kind);
    if (secret === 'group' || this.#options.trusted === true) return true;
    this.#tell({ kind: 'frame-untrusted', type });
    return false;
  }

  #tell(oddity: FrameOddity): boolean {
    const key = JSON.stringify(oddity);
    if (this.#odd.has(key) || this.#odd.size === MOST_ODDITIES) return false;
    this.#odd.add(key);
    this.#options.onOddity?.(oddity);
    return true;
  }

  /** A frame that has begun must end: who sends its octets too slowly for any path is cut off. */
  #watch(onFault: (reason: string) => void): void {
    const deadline = this.socket.destroyed ? undefined : this.#reader.deadline();
    if (deadline !== undefined && deadline <= monotonicMs()) {
      onFault('a frame has begun and not ended in time');
      this.socket.destroy();
    } else this.#overdue.set(deadline);
  }
}
