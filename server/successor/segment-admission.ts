import type { Instant } from '../../mip6/roles/shared/role.ts';

/** What a connection's kernel holds a segment against; sequence numbers are 32 bits and wrap. */
export interface SegmentBounds {
  /** of the window that it has offered: an octet from here on is dropped */
  readonly windowEnd: number;
  /** SND.UNA less the largest window that the client has had */
  readonly leastAcknowledgement: number;
  /** SND.NXT */
  readonly mostAcknowledgement: number;
  /** both ends have agreed on timestamps */
  readonly timestamps: boolean;
}

/** What a segment says beside what it brings. */
export interface SegmentHead {
  readonly acknowledgement: number;
  /** TSval; undefined without */
  readonly timestamp: number | undefined;
}

/** A timestamp clock may stand still, and has wrapped, behind so long a pause (RFC 7323 §5.5). */
const OUTDATED_MS = 24 * 24 * 3600 * 1000;

/**
 * Whether the kernel will take what a segment brings: what it drops, as an old one or a forged one, must not be kept in the place of what the client has sent.
 *
 * TS.Recent is the one of segments that have come by: acknowledgements without data, which the kernel does not show, may have brought it a later one.
 */
export class SegmentAdmission {
  #recent: { readonly value: number; readonly at: Instant } | undefined;

  /** `next`: of the first octet that is missing */
  admits(
    { sequence, acknowledgement, timestamp }: SegmentHead & { readonly sequence: number },
    { windowEnd, leastAcknowledgement, mostAcknowledgement, timestamps }: SegmentBounds,
    next: number,
    now: Instant,
  ): boolean {
    // RFC 9293 §3.10.7.4, first: the sequence number.
    if (!isBefore(sequence, windowEnd)) return false;
    // RFC 5961 §5.2.
    if (isBefore(acknowledgement, leastAcknowledgement) || isBefore(mostAcknowledgement, acknowledgement))
      return false;
    if (!timestamps) return true;
    // RFC 7323 §3.2, §5.3.
    if (timestamp === undefined || this.#isOld(timestamp, now)) return false;
    // §4.3: not of one that is ahead of what is missing.
    if (!isBefore(next, sequence)) this.#recent = { value: timestamp, at: now };
    return true;
  }

  #isOld(timestamp: number, now: Instant): boolean {
    const recent = this.#recent;
    return recent !== undefined && now - recent.at < OUTDATED_MS && isBefore(timestamp, recent.value);
  }
}

/** RFC 9293 §3.4: the difference's sign tells which is earlier. */
function isBefore(earlier: number, later: number): boolean {
  return ((earlier - later) | 0) < 0;
}
