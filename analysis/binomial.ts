interface CountInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * The central interval of the binomial distribution: the smallest `low` and largest `high` such that fewer than `low` events,
 * and more than `high`, have at most probability (1 − confidence) / 2 each. Sums the exact probabilities, so that small
 * expected counts are right too. `probability`: 0…1.
 */
export function binomialInterval(trials: number, probability: number, confidence: number): CountInterval {
  if (probability <= 0) return { low: 0, high: 0 };
  if (probability >= 1) return { low: trials, high: trials };
  const tail = (1 - confidence) / 2;
  const odds = Math.log(probability) - Math.log1p(-probability);
  let logTerm = trials * Math.log1p(-probability);
  let below = 0;
  let low: number | undefined;
  for (let count = 0; count < trials; count++) {
    below += Math.exp(logTerm);
    // `below` is now the probability of at most `count` events.
    if (low === undefined && below > tail) low = count;
    if (below >= 1 - tail) return { low: low ?? count, high: count };
    logTerm += Math.log(trials - count) - Math.log(count + 1) + odds;
  }
  return { low: low ?? trials, high: trials };
}
