import type { Verdict } from '../../analysis/claims.ts';
import type { Standing } from './expected-verdicts.ts';

/** `fig10-shape:place is reproduced, recorded is deviates`, a line per change, below a line that says what was compared. */
export function standingText({ whole, partial, changes }: Standing): string {
  const lines = changes.map(({ folder, id, recorded, now }) => {
    const words = (verdict: Verdict | undefined) => verdict ?? 'nothing';
    return `  ${folder}: ${id} is ${words(now)}, recorded is ${words(recorded)}`;
  });
  const compared = whole.length === 0 ? [] : [`all verdicts of ${whole.join(', ')}`];
  const others = partial.map(({ name, because }) => `new deviations of ${name} alone (${because})`);
  const scope = `compared with the recorded verdicts: ${[...compared, ...others].join('; ')}`;
  if (changes.length === 0) return `${scope}\nno verdict has changed\n`;
  const count = `${changes.length} ${changes.length === 1 ? 'verdict has' : 'verdicts have'} changed`;
  return `${scope}\n${count}:\n${lines.join('\n')}\n`;
}
