import { UsageError } from '../usage-error.ts';

/** Ends the run: what is wrong with which field, and what to write instead. */
export type Refuse = (field: string, value: unknown, problem: string, remedy: string) => never;

/** Refusals of what stands in `file`. */
export function refusal(file: string): Refuse {
  return (field, value, problem, remedy) => {
    throw new UsageError(`${file}: ${field}`, shown(value), problem, remedy);
  };
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  const text = typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
