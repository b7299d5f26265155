import { LabError } from '../lab-error.ts';
import { getOption, setNumberOption } from '../socket-libc.ts';
import { SO_REUSEADDR, TCP_REPAIR, TCP_REPAIR_WINDOW } from '../socket-options.ts';
import { REPAIR } from './freeze.ts';
import { outstanding, unsent } from './queue-length.ts';
import { QUEUE, queueEnd, REPAIR_WINDOW, selectQueue, sequenceMinus } from './repair.ts';
import { AGREED, readTcpInfo } from './tcp-info.ts';

/** What the kernel holds a segment of the peer's against (RFC 9293 §3.10.7.4, RFC 5961 §5.2); sequence numbers are 32 bits and wrap. */
interface Bounds {
  /** RCV.WUP + RCV.WND: of the window that was offered */
  readonly windowEnd: number;
  /** SND.UNA − MAX.SND.WND */
  readonly leastAcknowledgement: number;
  /** SND.NXT */
  readonly mostAcknowledgement: number;
  /** both ends have agreed on timestamps */
  readonly timestamps: boolean;
}

/** What repair mode alone tells, and how much was acknowledged by then. */
interface Base {
  readonly windowEnd: number;
  readonly unacknowledged: number;
  readonly largestWindow: number;
  readonly acknowledged: number;
}

/** Acknowledgements that come while it is read make it be read again. */
const MOST_READINGS = 16;

/**
 * Reads a live connection's bounds, again and again: repair mode, in which the kernel takes what is written meanwhile for sent, only where a segment begins beyond the
 * window as it was then. A window's end never goes back, and grows as the application reads.
 */
export class SegmentBoundsReader {
  readonly #descriptor: number;
  #base: Base | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** For a segment that begins there. Throws LabError. */
  read(sequence: number): Bounds {
    const known = this.#base;
    const base = known !== undefined && ((sequence - known.windowEnd) | 0) < 0 ? known : this.#readBase();
    this.#base = base;
    // First: what is acknowledged in between must not make the last octet that was sent an earlier one.
    const underWay = outstanding(this.#descriptor) - unsent(this.#descriptor);
    const { acknowledged, options } = readTcpInfo(this.#descriptor, 'acknowledged', 'options');
    const unacknowledged = (base.unacknowledged + acknowledged - base.acknowledged) >>> 0;
    return {
      windowEnd: base.windowEnd,
      leastAcknowledgement: sequenceMinus(unacknowledged, base.largestWindow),
      mostAcknowledgement: (unacknowledged + underWay) >>> 0,
      timestamps: (options & AGREED.timestamps) !== 0,
    };
  }

  #readBase(): Base {
    setNumberOption(this.#descriptor, TCP_REPAIR, REPAIR.on);
    try {
      selectQueue(this.#descriptor, QUEUE.send);
      for (let reading = 0; reading < MOST_READINGS; reading++) {
        const { acknowledged } = readTcpInfo(this.#descriptor, 'acknowledged');
        const unacknowledged = sequenceMinus(queueEnd(this.#descriptor), outstanding(this.#descriptor));
        const window = getOption(this.#descriptor, TCP_REPAIR_WINDOW, REPAIR_WINDOW.octets);
        const { acknowledged: behind } = readTcpInfo(this.#descriptor, 'acknowledged');
        if (behind !== acknowledged) continue;
        const offered = window.readUInt32LE(REPAIR_WINDOW.receive);
        return {
          windowEnd: (window.readUInt32LE(REPAIR_WINDOW.receiveUpdate) + offered) >>> 0,
          unacknowledged,
          largestWindow: window.readUInt32LE(REPAIR_WINDOW.largestSend),
          acknowledged,
        };
      }
    } finally {
      setNumberOption(this.#descriptor, TCP_REPAIR, REPAIR.offWithoutProbe);
      setNumberOption(this.#descriptor, SO_REUSEADDR, 1);
    }
    throw new LabError('acknowledgements come faster than the bounds of a connection can be read', {
      command: 'getsockopt',
      remedy: 'let the client send more slowly, or without a gate',
    });
  }
}
