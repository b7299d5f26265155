import { textWidth } from './font.ts';

/** An arrow in pixels, with the words that belong to it. */
export interface Arrow {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly label: string;
}

/** Where a label's baseline has its middle, and the label's slope. */
export interface PlacedLabel {
  readonly x: number;
  readonly y: number;
  readonly degrees: number;
  readonly label: string;
}

/** places along an arrow that are tried, the best first */
const shares = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.12, 0.88];
const above = -5;

/** What else is drawn, in pixels. */
export interface Obstacle {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A place beside each arrow, parallel to it, where its label covers no earlier label and as few other things as can be. */
export function placeLabels(
  arrows: readonly Arrow[],
  fontSize: number,
  obstacles: readonly Obstacle[] = [],
): readonly PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  for (const arrow of arrows) {
    const candidates = shares.flatMap((share) => [above, fontSize].map((lift) => beside(arrow, share, lift)));
    const costs = candidates.map((label, rank) => {
      const covered = placed.filter((other) => overlaps(label, other, fontSize)).length;
      const crossed = arrows.filter((other) => other !== arrow && crosses(label, other, fontSize)).length;
      const hidden = obstacles.filter((obstacle) => lies(label, obstacle, fontSize)).length;
      return 100 * covered + 10 * (crossed + hidden) + rank / candidates.length;
    });
    placed.push(candidates[costs.indexOf(Math.min(...costs))]!);
  }
  return placed;
}

function beside(arrow: Arrow, share: number, lift: number): PlacedLabel {
  const [dx, dy] = [arrow.x2 - arrow.x1, arrow.y2 - arrow.y1];
  // Words never stand on their head: an arrow to the left has its label turned by half a circle.
  const angle = dx < 0 ? Math.atan2(-dy, -dx) : Math.atan2(dy, dx);
  return {
    x: arrow.x1 + share * dx - lift * Math.sin(angle),
    y: arrow.y1 + share * dy + lift * Math.cos(angle),
    degrees: (angle * 180) / Math.PI,
    label: arrow.label,
  };
}

/** The middles of the letters of a label at its ends and between. */
function samplePoints(
  label: PlacedLabel,
  fontSize: number,
): readonly { readonly x: number; readonly y: number }[] {
  const half = textWidth(label.label, fontSize) / 2;
  const angle = (label.degrees * Math.PI) / 180;
  return [-1, -0.5, 0, 0.5, 1].map((share) => ({
    x: label.x + share * half * Math.cos(angle),
    y: label.y + share * half * Math.sin(angle) - fontSize / 3,
  }));
}

function overlaps(a: PlacedLabel, b: PlacedLabel, fontSize: number): boolean {
  return touches(a, b, fontSize) || touches(b, a, fontSize);
}

/** Some of the letters of one lie in the stripe of the other's words. */
function touches(a: PlacedLabel, b: PlacedLabel, fontSize: number): boolean {
  const half = textWidth(b.label, fontSize) / 2 + textWidth(' ', fontSize);
  const angle = (b.degrees * Math.PI) / 180;
  return samplePoints(a, fontSize).some(({ x, y }) => {
    const [dx, dy] = [x - b.x, y - (b.y - fontSize / 3)];
    const along = dx * Math.cos(angle) + dy * Math.sin(angle);
    const across = dy * Math.cos(angle) - dx * Math.sin(angle);
    return Math.abs(along) < half && Math.abs(across) < fontSize * 1.2;
  });
}

/** True where a part of the label lies on the obstacle: what is beside it is looked at where it is. */
function lies(label: PlacedLabel, { left, right, top, bottom }: Obstacle, fontSize: number): boolean {
  const points = samplePoints(label, fontSize);
  const [first, last] = [points[0]!, points.at(-1)!];
  if (last.x < left || first.x > right) return false;
  const at = (x: number) => first.y + ((x - first.x) / Math.max(1, last.x - first.x)) * (last.y - first.y);
  const [one, other] = [at(Math.max(left, first.x)), at(Math.min(right, last.x))];
  return Math.max(one, other) > top - fontSize / 2 && Math.min(one, other) < bottom + fontSize / 2;
}

function crosses(label: PlacedLabel, arrow: Arrow, fontSize: number): boolean {
  const [left, right] = [Math.min(arrow.x1, arrow.x2), Math.max(arrow.x1, arrow.x2)];
  return samplePoints(label, fontSize).some(({ x, y }) => {
    if (x < left || x > right) return false;
    const at = arrow.y1 + ((x - arrow.x1) / (arrow.x2 - arrow.x1)) * (arrow.y2 - arrow.y1);
    return Math.abs(at - y) < fontSize * 0.7;
  });
}
