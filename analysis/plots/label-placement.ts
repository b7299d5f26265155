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

/** A place beside each arrow, parallel to it, where its label covers no earlier label and as little of other things as can be, and does not stand out at the arrow's ends. */
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
      const crossed = sum(arrows.map((other) => (other === arrow ? 0 : crossing(label, other, fontSize))));
      const hidden = obstacles.filter((obstacle) => lies(label, obstacle, fontSize)).length;
      return (
        100 * covered +
        10 * (crossed + hidden + beyondEnds(label, arrow, fontSize)) +
        rank / candidates.length
      );
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

/** What of its width stands out beyond an end of its arrow; 0 to 1. */
function beyondEnds(label: PlacedLabel, { x1, x2 }: Arrow, fontSize: number): number {
  const points = samplePoints(label, fontSize);
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)];
  return points.filter(({ x }) => x < left || x > right).length / points.length;
}

/** The middles of the letters of a label, a letter's height apart. */
function samplePoints(
  label: PlacedLabel,
  fontSize: number,
): readonly { readonly x: number; readonly y: number }[] {
  const half = textWidth(label.label, fontSize) / 2;
  const angle = (label.degrees * Math.PI) / 180;
  const steps = Math.max(4, Math.ceil((2 * half) / fontSize));
  return Array.from({ length: steps + 1 }, (_, step) => (2 * step) / steps - 1).map((share) => ({
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

/** What of the label the arrow runs through; 0 to 1. */
function crossing(label: PlacedLabel, arrow: Arrow, fontSize: number): number {
  const [left, right] = [Math.min(arrow.x1, arrow.x2), Math.max(arrow.x1, arrow.x2)];
  const points = samplePoints(label, fontSize);
  const through = points.filter(({ x, y }) => {
    if (x < left || x > right) return false;
    const at = arrow.y1 + ((x - arrow.x1) / (arrow.x2 - arrow.x1)) * (arrow.y2 - arrow.y1);
    return Math.abs(at - y) < fontSize * 0.7;
  });
  return through.length / points.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
