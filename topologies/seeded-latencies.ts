import { seededRandom } from './seeded-random.ts';

/** One-way latency between two sites, alike in both directions unless the other one is given too. */
export interface SiteLatency {
  readonly from: string;
  readonly to: string;
  readonly delayMs: number;
}

/** Latency of the shortest path there is, ms: what the last mile at both ends costs. */
const LEAST_MS = 2;

/**
 * A latency for each ordered pair of `sites`, whole ms and alike in both directions: the sites are strewn over a square
 * whose diagonal takes `spanMs`, so that latencies nearly keep the triangle inequality, as on real networks. The same seed
 * gives the same latencies, and a site keeps its place when others are added behind it. `known` latencies replace drawn ones.
 */
export function siteLatencies(
  sites: readonly string[],
  { seed, spanMs, known = [] }: { seed: number; spanMs: number; known?: readonly SiteLatency[] },
): readonly SiteLatency[] {
  const random = seededRandom(seed);
  const places = sites.map(() => ({ x: random(), y: random() }));
  const given = (from: string, to: string) =>
    known.find((latency) => latency.from === from && latency.to === to)?.delayMs;
  return sites.flatMap((from, one) =>
    sites.flatMap((to, other) => {
      if (one === other) return [];
      const [here, there] = [places[one]!, places[other]!];
      const distance = Math.hypot(here.x - there.x, here.y - there.y) / Math.SQRT2;
      const drawn = Math.round(LEAST_MS + distance * Math.max(0, spanMs - LEAST_MS));
      return [{ from, to, delayMs: given(from, to) ?? given(to, from) ?? drawn }];
    }),
  );
}
