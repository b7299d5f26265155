const halvings = 200;

/**
 * P(|T| ≤ t) of Student's distribution with `degrees` (a whole number ≥ 1) degrees of freedom: the finite sums of
 * Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
export function studentWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle);
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/** The t for which P(|T| ≤ t) = `probability` (0 < probability < 1), by bisection. */
export function studentQuantile(probability: number, degrees: number): number {
  let low = 0;
  let high = 1;
  for (let round = 0; round < halvings && studentWithin(high, degrees) < probability; round += 1) high *= 2;
  for (let round = 0; round < halvings && high - low > 1e-12 * high; round += 1) {
    const middle = (low + high) / 2;
    if (studentWithin(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
