import { ProtocolError } from '../../../mip6/roles/shared/protocol-error.ts';
import {
  type AnyChannelFrame,
  FrameReader,
  type UnknownFrame,
  unknownText,
} from '../../../server/channel/channel-frames.ts';
import { frameOfKind } from '../../../server/channel/frame-table.ts';
import { ownAnnouncement, unannounced } from '../../../server/channel/versions.ts';

/**
 * Makes of this process' channel that of a release before version 1: its Hello says nothing of versions, what a Hello says of them is
 * not read, and a frame of any later type ends the channel. That the other frames' octets are the recorded ones is another test's.
 */
Object.assign(ownAnnouncement, unannounced);
const { read } = FrameReader.prototype;
FrameReader.prototype.read = function (chunk: Uint8Array): (AnyChannelFrame | UnknownFrame)[] {
  return read.call(this, chunk).map((frame) => {
    if (frame.kind === 'unknown-frame') throw new ProtocolError(unknownText(frame));
    const { since, type } = frameOfKind(frame.kind);
    if (since > 0) throw new ProtocolError(unknownText({ type }));
    const inner = frame.kind === 'of-contact' ? frame.frame : frame;
    if (inner.kind === 'init') requireOldState(inner.tcpState);
    if (frame.kind !== 'hello') return frame;
    const { kind, careOfAddress, incarnation } = frame;
    return { kind, careOfAddress, incarnation };
  });
};

/** Flags of a TCP state that were known: with another one there are octets that nobody can read. */
const OLD_STATE_FLAGS = 31;

function requireOldState([, flags = 0]: Uint8Array): void {
  if ((flags & ~OLD_STATE_FLAGS) !== 0) throw new ProtocolError(`a TCP state with flags ${flags}`);
}
