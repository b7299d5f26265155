import type { GatedSegment } from '../../server/successor/input-gate.ts';
import type { InputPiece } from '../../server/successor/input-log.ts';
import type { SegmentBounds } from '../../server/successor/segment-admission.ts';

/** Of a connection without timestamps whose client has acknowledged all, and whose window has room for whatever is sent. */
export function roomyBounds({ sequence, octets }: InputPiece): SegmentBounds {
  return {
    windowEnd: (sequence + octets.length + 1) >>> 0,
    leastAcknowledgement: 0,
    mostAcknowledgement: 0,
    timestamps: false,
  };
}

/** A segment that the kernel takes. */
export function takenSegment(id: number, piece: InputPiece): GatedSegment {
  return { id, ...piece, acknowledgement: 0, timestamp: undefined, bounds: roomyBounds(piece) };
}
