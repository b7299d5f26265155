import type net from 'node:net';
import type { PathState } from '../../linux/tcp/path-state.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { AnyChannelFrame } from '../../server/channel/channel-frames.ts';
import { FRAME_PATIENCE } from '../../server/channel/frame-buffer.ts';
import { Greeting } from '../../server/channel/greeting.ts';
import { ownAnnouncement } from '../../server/channel/versions.ts';
import { ChannelLink } from './channel-link.ts';
import type { ChannelOptions } from './channel-options.ts';
import type { Keying } from './channel-security.ts';

interface ConversationOptions
  extends Pick<ChannelOptions, 'careOfAddress' | 'announcement' | 'timeoutMs' | 'onFault' | 'onOddity'> {
  /** of this process */
  readonly incarnation: number;
  /** of the connection under this one; undefined: not known */
  path(): PathState | undefined;
  /** The peer's greeting is complete: other frames may follow. */
  onOpened(conversation: Conversation): void;
  onFrame(conversation: Conversation, frame: AnyChannelFrame): void;
  onClose(conversation: Conversation): void;
}

/** One connection to a peer, from the end of its handshake on; both ends begin with their greeting. */
export class Conversation {
  readonly link: ChannelLink;
  readonly keying: Keying;
  readonly #greeting: Greeting;

  constructor(peer: Ipv6Address, socket: net.Socket, keying: Keying, options: ConversationOptions) {
    const { careOfAddress, incarnation, announcement = ownAnnouncement, onFault, onOddity } = options;
    this.keying = keying;
    this.#greeting = new Greeting(peer, announcement);
    this.link = new ChannelLink(
      socket,
      (frame) => this.#take(frame, options),
      () => options.onClose(this),
      (reason) => onFault(peer, reason),
      {
        trusted: keying.trusted,
        onOddity: (oddity) => onOddity?.(peer, oddity),
        // A path that is cut and open again within the time that this member waits for it.
        patience: { ...FRAME_PATIENCE, ms: Math.max(FRAME_PATIENCE.ms, 2 * options.timeoutMs) },
        path: () => options.path(),
      },
    );
    const hello = { kind: 'hello', careOfAddress, incarnation } as const;
    this.link.greet(announcement.newest === 0 ? hello : { ...hello, announced: announcement });
  }

  /** of the peer's process; undefined before its Hello */
  get incarnation(): number | undefined {
    return this.#greeting.incarnation;
  }

  #take(frame: AnyChannelFrame, { onOpened, onFrame }: ConversationOptions): void {
    const stage = this.#greeting.take(frame);
    if (stage === 'greeted') this.link.agreed(this.#greeting.agreement);
    else if (stage === 'opened') onOpened(this);
    else onFrame(this, frame);
  }
}
