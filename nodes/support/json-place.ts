/**
 * Where `text` stops being JSON: line and column, both from 1; undefined: it is JSON. The words of JSON.parse are of no use where there are
 * secrets: they quote what stands there.
 */
export function badJsonAt(text: string): { readonly line: number; readonly column: number } | undefined {
  if (problemOf(text) === undefined) return undefined;
  // The longest beginning of it of which something could become.
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isBeginning(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const lines = text.slice(0, good).split('\n');
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

function isBeginning(text: string): boolean {
  const problem = problemOf(text);
  if (problem === undefined || problem.includes('end of JSON input')) return true;
  return Number(/ in JSON at position (\d+)/.exec(problem)?.[1] ?? Number.NaN) === text.length;
}

function problemOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return String(error);
  }
}
