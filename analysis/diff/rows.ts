import { parse } from 'csv-parse/sync';

type Row = Readonly<Record<string, string>>;

/** The columns that name a row of each table; all others are its content. */
const keys: Readonly<Record<string, readonly string[]>> = {
  'samples.csv': ['cell', 'variant', 'clock', 'seed', 'repetition', 'measure'],
  'summary.csv': ['cell', 'variant', 'clock', 'measure'],
  'claims.csv': ['id'],
};
const listed = 10;

/** How two texts of the table `name` differ, a line per row, at most ten and a count; empty when they do not. */
export function diffRows(name: string, a: string, b: string): readonly string[] {
  if (a === b) return [];
  const [lefts, rights] = [rowsByKey(name, a), rowsByKey(name, b)];
  const lines: string[] = [];
  for (const key of new Set([...lefts.keys(), ...rights.keys()])) {
    const [left, right] = [lefts.get(key), rights.get(key)];
    if (left === undefined || right === undefined)
      lines.push(`${name}: ${key}: only in the ${left === undefined ? 'second' : 'first'}`);
    else lines.push(...diffFields(left, right).map((field) => `${name}: ${key}: ${field}`));
  }
  if (lines.length === 0) return [`${name}: the same rows in another order or writing`];
  const more = lines.length - listed;
  return [...lines.slice(0, listed), ...(more > 0 ? [`${name}: ${more} differences more`] : [])];
}

function rowsByKey(name: string, text: string): ReadonlyMap<string, Row> {
  const rows = parse(text, { columns: true, relaxColumnCount: true }) as Row[];
  const columns = keys[name] ?? [];
  return new Map(
    rows.map((row, index) => [
      columns.length === 0 ? `record ${index + 2}` : columns.map((column) => row[column] ?? '').join(' · '),
      row,
    ]),
  );
}

function diffFields(a: Row, b: Row): readonly string[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
  return names.length === 0 ? [] : [names.map((name) => `${name} '${a[name]}' ≠ '${b[name]}'`).join(', ')];
}
