import { faultKinds, signalling } from '../../experiments/faults/signalling.ts';
import type { CaseOutcomes } from './case-outcomes.ts';

/** A row per packet of each variant, a column per kind of fault: what the client's connection came to. Empty without a single fault. */
export function outcomeTable(outcomes: CaseOutcomes): string {
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
