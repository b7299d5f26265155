import { UsageError } from '../usage-error.ts';

const flag = '--seeds';
const mostSeeds = 1000;
const remedy = 'give numbers and ranges such as 1,2,5..9';

/** Reads `1,2,5..9`; each seed once, in the order given. Throws UsageError. */
export function parseSeeds(text: string): readonly number[] {
  const seeds = text.split(',').flatMap((part) => {
    const match = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/.exec(part.trim());
    if (match === null) throw new UsageError(flag, text, `names no seeds with '${part}'`, remedy);
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (last < first) throw new UsageError(flag, text, `goes backwards with '${part}'`, remedy);
    if (last - first >= mostSeeds) throw tooMany(text);
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
  const once = [...new Set(seeds)];
  if (once.length > mostSeeds) throw tooMany(text);
  return once;
}

function tooMany(text: string): UsageError {
  return new UsageError(flag, text, 'are too many', `give ${mostSeeds} at most in one run`);
}
