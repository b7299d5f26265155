import type { ClaimResult, Verdict } from './claims.ts';
import { plainNumber } from './number.ts';
import { countsOf, countsText } from './verdicts/counts.ts';

const marks: Readonly<Record<Verdict, string>> = {
  reproduced: '✓',
  refined: '≈',
  deviates: '✗',
  'not run': '–',
};
const colours: Readonly<Record<Verdict, number>> = {
  reproduced: 32,
  refined: 36,
  deviates: 31,
  'not run': 33,
};
const numeric = new Set(['expected', 'measured']);
const significantDecimals = 3;

/**
 * The claims as an aligned table for a terminal: verdict, id, expected ± tolerance, measured, 95 % interval; a reason
 * below each row that is not reproduced; the counts last. `colour` asks for ANSI colours: leave it out when not a TTY.
 */
export function claimsTable(
  results: readonly ClaimResult[],
  options: { readonly colour?: boolean } = {},
): string {
  if (results.length === 0) return 'no claims\n';
  const header = ['', 'claim', 'expected', 'measured', '95 % interval'];
  const rows = results.map(cells);
  const widths = header.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column]!)].map(width)),
  );
  const lines = [line(header, widths, header)];
  for (const [index, result] of results.entries()) {
    const text = line(rows[index]!, widths, header);
    lines.push(options.colour ? `\u001b[${colours[result.verdict]}m${text}\u001b[0m` : text);
    if (result.verdict === 'reproduced' || sameReason(result, results[index + 1])) continue;
    lines.push(`    ${result.verdict}: ${result.reason}`);
  }
  return `${lines.join('\n')}\n\n${countsText(countsOf(results))}\n`;
}

/** Claims that were not run for one reason stand together, the reason below the last of them. */
function sameReason(result: ClaimResult, next: ClaimResult | undefined): boolean {
  return result.verdict === 'not run' && next?.verdict === 'not run' && next.reason === result.reason;
}

function cells(result: ClaimResult): readonly string[] {
  const { expected, tolerance, ci95Low, ci95High } = result;
  const tolerated = tolerance === undefined ? '' : ` ± ${plainNumber(tolerance)}`;
  return [
    marks[result.verdict],
    result.id,
    expected === undefined ? '' : `${plainNumber(expected)}${tolerated}`,
    short(result.measured),
    ci95Low === undefined || ci95High === undefined ? '' : `[${short(ci95Low)}, ${short(ci95High)}]`,
  ];
}

function line(row: readonly string[], widths: readonly number[], header: readonly string[]): string {
  const padded = row.map((cell, column) => {
    const padding = ' '.repeat(Math.max(0, widths[column]! - width(cell)));
    return numeric.has(header[column]!) ? padding + cell : cell + padding;
  });
  return padded.join('  ').trimEnd();
}

function short(value: number | undefined): string {
  return value === undefined ? '' : plainNumber(Number(value.toFixed(significantDecimals)));
}

/** Characters, not UTF-16 units: every character used here is one column wide. */
function width(text: string): number {
  return [...text].length;
}
