import { faultKinds, signalling } from '../../experiments/faults/signalling.ts';
import type { Sample } from '../sample.ts';
import { clientOutcomes } from './client-outcome.ts';

/** What one case came to; `failed` with the reason where it said nothing. */
interface CaseOutcome {
  readonly name: string;
  readonly outcome: string;
}

/** A row per packet of each variant, a column per kind of fault: what the client's connection came to. Empty without a single fault. */
export function outcomeTable(samples: readonly Sample[]): string {
  const outcomes = new Map(outcomesOf(samples).map(({ name, outcome }) => [name, outcome]));
  const rows = Object.entries(signalling).flatMap(([variant, signals]) =>
    signals.flatMap((signal, index) => {
      const cells = faultKinds.map(
        (kind) => outcomes.get(`atlas/${variant}/${index + 1}-${signal}/${kind}`) ?? '–',
      );
      return cells.every((cell) => cell === '–') ? [] : [[variant, `${index + 1}-${signal}`, ...cells]];
    }),
  );
  if (rows.length === 0) return '';
  const lines = [
    ['variant', 'packet', ...faultKinds],
    ['---', '---', ...faultKinds.map(() => '---')],
    ...rows,
  ];
  return lines.map((line) => `| ${line.join(' | ')} |\n`).join('');
}

/** Of every case in these samples, by name. */
function outcomesOf(samples: readonly Sample[]): readonly CaseOutcome[] {
  return samples
    .filter(({ measure, outcome }) => measure === 'fault-outcome' && outcome !== 'unsupported')
    .map(({ value, reason }) => {
      const name = reason.split(':')[0]!;
      return { name, outcome: value === undefined ? 'failed' : (clientOutcomes[value] ?? '?') };
    });
}
