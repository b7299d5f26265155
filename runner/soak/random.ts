import { seededRandom } from '../../topologies/seeded-random.ts';

/** Draws that a seed and a name decide: what one part of a plan draws changes nothing of the other parts. */
export class Draws {
  readonly #next: () => number;

  constructor(seed: number, part: number) {
    // Seeds side by side must not give series side by side.
    this.#next = seededRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(part + 1, 0x85ebca6b));
  }

  /** from `least` on, below `most` */
  between(least: number, most: number): number {
    return least + this.#next() * (most - least);
  }

  /** a whole number from `least` to `most`, both possible */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  /** exponentially distributed with this mean */
  exponential(mean: number): number {
    return -Math.log(1 - this.#next()) * mean;
  }

  one<T>(of: readonly T[]): T {
    return of[this.whole(0, of.length - 1)]!;
  }

  /** `weights` need not sum up to anything */
  weighted<T>(choices: readonly (readonly [choice: T, weight: number])[]): T {
    let left = this.between(
      0,
      choices.reduce((sum, [, weight]) => sum + weight, 0),
    );
    for (const [choice, weight] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return choices.at(-1)![0];
  }
}
