/** A part of a line. */
export interface Piece {
  readonly text: string;
  /** those of less weight are left out first, of equal weight the last */
  readonly weight: number;
}

const between = '   ';

/** The pieces, whole and in their order, that fit into `width` columns; the weightiest in any case, with an ellipsis where it is too long. */
export function fitting(pieces: readonly Piece[], width: number): string {
  let kept = [...pieces];
  while (kept.length > 1 && lineOf(kept).length > width) {
    const least = Math.min(...kept.map(({ weight }) => weight));
    const at = kept.findLastIndex(({ weight }) => weight === least);
    kept = kept.filter((_, index) => index !== at);
  }
  const line = lineOf(kept);
  if (line.length <= width) return line;
  const half = Math.max(0, Math.floor((width - 1) / 2));
  return `${line.slice(0, width - 1 - half)}…${half === 0 ? '' : line.slice(-half)}`;
}

function lineOf(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join(between);
}
