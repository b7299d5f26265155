import type { GridBlock } from '../experiment.ts';
import { handoffParameters } from '../handoff.ts';

/** What the paper does not say and decides its figures; a combination is a value of each. */
export const chosen = ['windowBytes', 'bucketFrames', 'sendBufferBytes', 'quickAck'] as const;
type Combination = Readonly<Partial<Record<(typeof chosen)[number], number>>>;

/** Each parameter by itself, the others at their defaults. */
const windows = [32_768, 49_152, 57_344, 65_535];
const buckets = [1, 3];
const buffers = [81_920, 83_456, 90_112];
export const oneByOne: readonly Combination[] = [
  {},
  ...windows.map((windowBytes) => ({ windowBytes })),
  ...buckets.map((bucketFrames) => ({ bucketFrames })),
  ...buffers.map((sendBufferBytes) => ({ sendBufferBytes })),
  { quickAck: 0 },
];

/** Each of these is nearer to some statement of the paper than the defaults are. */
export const together: readonly Combination[] = [
  { windowBytes: 57_344, bucketFrames: 1 },
  { windowBytes: 57_344, sendBufferBytes: 83_456 },
  { bucketFrames: 1, sendBufferBytes: 83_200 },
  { windowBytes: 57_344, bucketFrames: 1, sendBufferBytes: 83_200 },
];

/** All of all. */
export const everyone: readonly Combination[] = [40_960, 49_152, 57_344, 65_535].flatMap((windowBytes) =>
  [1, 2, 3].flatMap((bucketFrames) =>
    [81_920, 83_200, 83_456, 85_248, 90_112].map((sendBufferBytes) => ({
      ...{ windowBytes, bucketFrames, sendBufferBytes },
    })),
  ),
);

/** These points in each combination. A parameter at its default is named, too: so the combination is in the cell's name. */
export function inEach(
  combinations: readonly Combination[],
  points: readonly GridBlock[],
): readonly GridBlock[] {
  return combinations.flatMap((combination) => {
    const values = chosen.map((name) => [name, [combination[name] ?? handoffParameters[name]!.default!]]);
    return points.map((point) => ({ ...(Object.fromEntries(values) as GridBlock), ...point }));
  });
}
