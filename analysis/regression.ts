import type { Interval } from './bootstrap.ts';
import { studentQuantile } from './student.ts';

/** One observation: the terms' values by name, and what was measured. */
export interface Row {
  readonly x: Readonly<Record<string, number>>;
  readonly y: number;
}

export interface Coefficient {
  readonly estimate: number;
  /** absent where no degree of freedom is left */
  readonly standardError?: number;
  /** 95 %, Student's t */
  readonly interval?: Interval;
}

export interface Fit {
  readonly kind: 'fit';
  /** in the order of the terms */
  readonly coefficients: readonly Coefficient[];
  readonly intercept: Coefficient;
  /** in the order of the rows: measured − fitted */
  readonly residuals: readonly number[];
  readonly rSquared: number;
  readonly degreesOfFreedom: number;
}

interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
}

/** Below this share of its own length, what a column adds to the others is rounding. */
const rankTolerance = 1e-9;

/**
 * Ordinary least squares of y over `terms` plus an intercept: centred columns, QR by modified Gram–Schmidt (Golub and
 * Van Loan, Matrix Computations, §5.2.8). Refuses, with the reason, data that do not determine every coefficient.
 */
export function regress(rows: readonly Row[], terms: readonly string[]): Fit | Refusal {
  if (rows.length < terms.length + 1) {
    return refused(tooFew(rows.length, terms.length));
  }
  const columns: number[][] = [];
  for (const term of terms) {
    const column = rows.map((row) => row.x[term]);
    if (!column.every((value) => value !== undefined)) return refused(`a row lacks parameter ${term}`);
    columns.push(column);
  }
  const centres = columns.map(average);
  const factors = factorize(
    columns.map((column, j) => column.map((value) => value - centres[j]!)),
    terms,
  );
  return 'kind' in factors ? factors : solve(rows, columns, centres, factors);
}

function tooFew(values: number, slopes: number): string {
  const needs = slopes === 1 ? 'a slope and an intercept need' : `${slopes} slopes and an intercept need`;
  return `${needs} ${slopes + 1} values at least, one of each cell; this run has ${values}`;
}

interface Factors {
  /** orthonormal columns */
  readonly q: readonly (readonly number[])[];
  /** upper triangular, r[j][k] for k ≥ j */
  readonly r: readonly (readonly number[])[];
}

function factorize(centred: number[][], terms: readonly string[]): Factors | Refusal {
  const q: number[][] = [];
  const r: number[][] = terms.map(() => terms.map(() => 0));
  for (const [k, column] of centred.entries()) {
    const scale = length(column);
    if (scale === 0) return refused(`parameter ${terms[k]} does not vary in the selected cells`);
    for (const [j, basis] of q.entries()) {
      const share = dot(basis, column);
      r[j]![k] = share;
      for (const [i, value] of basis.entries()) column[i]! -= share * value;
    }
    const rest = length(column);
    if (rest < rankTolerance * scale) {
      return refused(`parameter ${terms[k]} varies only together with ${terms.slice(0, k).join(', ')}`);
    }
    r[k]![k] = rest;
    q.push(column.map((value) => value / rest));
  }
  return { q, r };
}

function solve(
  rows: readonly Row[],
  columns: readonly number[][],
  centres: readonly number[],
  { q, r }: Factors,
): Fit {
  const y = rows.map((row) => row.y);
  const meanY = average(y);
  const centredY = y.map((value) => value - meanY);
  const inverse = invertUpper(r);
  const projections = q.map((basis) => dot(basis, centredY));
  const slopes = inverse.map((row) => dot(row, projections));
  const offset = meanY - dot(slopes, centres);
  const fitted = (i: number) => offset + columns.reduce((sum, column, j) => sum + slopes[j]! * column[i]!, 0);
  const residuals = y.map((value, i) => value - fitted(i));
  const unexplained = dot(residuals, residuals);
  const total = dot(centredY, centredY);
  const degreesOfFreedom = rows.length - slopes.length - 1;
  const variance = degreesOfFreedom > 0 ? unexplained / degreesOfFreedom : undefined;
  const estimated = (estimate: number, factor: number) =>
    coefficient(estimate, factor, variance, degreesOfFreedom);
  // (XᵀX)⁻¹ = R⁻¹R⁻ᵀ of the centred columns; the intercept adds the uncertainty of the mean.
  const leverage = columns.map((_, j) => inverse.reduce((sum, row, i) => sum + row[j]! * centres[i]!, 0));
  return {
    kind: 'fit',
    coefficients: slopes.map((slope, j) => estimated(slope, dot(inverse[j]!, inverse[j]!))),
    intercept: estimated(offset, 1 / rows.length + dot(leverage, leverage)),
    residuals,
    rSquared: total === 0 ? 1 : 1 - unexplained / total,
    degreesOfFreedom,
  };
}

function coefficient(
  estimate: number,
  factor: number,
  variance: number | undefined,
  degrees: number,
): Coefficient {
  if (variance === undefined) return { estimate };
  const standardError = Math.sqrt(variance * factor);
  const half = studentQuantile(0.95, degrees) * standardError;
  return { estimate, standardError, interval: { low: estimate - half, high: estimate + half } };
}

/** The inverse of an upper triangular matrix, row by row. */
function invertUpper(r: readonly (readonly number[])[]): number[][] {
  const size = r.length;
  const inverse = r.map(() => new Array<number>(size).fill(0));
  for (let column = 0; column < size; column += 1) {
    for (let row = column; row >= 0; row -= 1) {
      let value = row === column ? 1 : 0;
      for (let k = row + 1; k <= column; k += 1) value -= r[row]![k]! * inverse[k]![column]!;
      inverse[row]![column] = value / r[row]![row]!;
    }
  }
  return inverse;
}

function refused(reason: string): Refusal {
  return { kind: 'refused', reason };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function length(vector: readonly number[]): number {
  return Math.sqrt(dot(vector, vector));
}
