import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fit, type Row, regress } from '../../analysis/regression.ts';
import { studentQuantile, studentWithin } from '../../analysis/student.ts';
import { keyedRandom } from '../../topologies/seeded-random.ts';
import {
  longleyCoefficients,
  longleyIntercept,
  longleyRows,
  longleyRSquared,
  longleyTerms,
} from '../support/longley.ts';

function fitOf(rows: readonly Row[], terms: readonly string[]): Fit {
  const result = regress(rows, terms);
  assert.equal(result.kind, 'fit', JSON.stringify(result));
  return result as Fit;
}

function near(actual: number, expected: number, relative: number): void {
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.abs(expected),
    `${actual} is not near ${expected}`,
  );
}

test('a plane without noise is found exactly, with no residual', () => {
  const rows = [10, 40, 80].flatMap((cs) =>
    [10, 20, 80].map((ss) => ({ x: { cs, ss }, y: 6 * cs + 3 * ss + 0.304 })),
  );
  const fit = fitOf(rows, ['cs', 'ss']);
  near(fit.coefficients[0]!.estimate, 6, 1e-12);
  near(fit.coefficients[1]!.estimate, 3, 1e-12);
  near(fit.intercept.estimate, 0.304, 1e-9);
  assert.ok(fit.residuals.every((residual) => Math.abs(residual) < 1e-9));
  near(fit.rSquared, 1, 1e-12);
});

test('NIST’s Longley data: certified coefficients and standard errors to seven digits', () => {
  const fit = fitOf(longleyRows, longleyTerms);
  for (const [index, [estimate, error]] of longleyCoefficients.entries()) {
    near(fit.coefficients[index]!.estimate, estimate, 1e-7);
    near(fit.coefficients[index]!.standardError!, error, 1e-7);
  }
  near(fit.intercept.estimate, longleyIntercept[0], 1e-7);
  near(fit.intercept.standardError!, longleyIntercept[1], 1e-7);
  near(fit.rSquared, longleyRSquared, 1e-9);
  assert.equal(fit.degreesOfFreedom, 9);
});

test('Student’s quantiles agree with the printed tables', () => {
  const printed = [
    [1, 12.7062],
    [2, 4.30265],
    [3, 3.18245],
    [5, 2.57058],
    [10, 2.22814],
    [30, 2.04227],
    [1000, 1.96234],
  ] as const;
  for (const [degrees, quantile] of printed) {
    near(studentQuantile(0.95, degrees), quantile, 1e-5);
  }
  assert.equal(studentWithin(0, 7), 0);
});

test('the 95 % interval of a slope covers the truth about 95 times in 100', () => {
  const random = keyedRandom('coverage of the slope');
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let covered = 0;
  for (let trial = 0; trial < 1000; trial += 1) {
    const rows = [1, 2, 3, 4, 5, 6].map((a) => ({ x: { a }, y: 4 * a + 1 + gauss() }));
    const { low, high } = fitOf(rows, ['a']).coefficients[0]!.interval!;
    if (low <= 4 && 4 <= high) covered += 1;
  }
  assert.ok(covered > 930 && covered < 970, `${covered} of 1000`);
});

test('a design that does not determine a coefficient is refused by name', () => {
  const refusal = (rows: readonly Row[], terms: readonly string[]) => {
    const result = regress(rows, terms);
    return result.kind === 'refused' ? result.reason : 'fitted';
  };
  const fixed = [1, 2, 3, 4].map((cs) => ({ x: { cs, ss: 20 }, y: cs }));
  assert.equal(refusal(fixed, ['cs', 'ss']), 'parameter ss does not vary in the selected cells');
  const together = [1, 2, 3, 4].map((cs) => ({ x: { cs, ss: 2 * cs + 1 }, y: cs }));
  assert.equal(refusal(together, ['cs', 'ss']), 'parameter ss varies only together with cs');
  assert.equal(
    refusal(fixed.slice(0, 2), ['cs', 'ss']),
    '2 slopes and an intercept need 3 values at least, one of each cell; this run has 2',
  );
  assert.equal(
    refusal([], ['cs']),
    'a slope and an intercept need 2 values at least, one of each cell; this run has 0',
  );
  assert.equal(refusal(fixed, ['cs', 'rateKbit']), 'a row lacks parameter rateKbit');
});

test('as many coefficients as values: a fit without an interval', () => {
  const fit = fitOf(
    [
      { x: { a: 0 }, y: 1 },
      { x: { a: 2 }, y: 7 },
    ],
    ['a'],
  );
  near(fit.coefficients[0]!.estimate, 3, 1e-12);
  assert.equal(fit.coefficients[0]!.interval, undefined);
  assert.equal(fit.degreesOfFreedom, 0);
});
