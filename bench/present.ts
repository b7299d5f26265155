import type { MachineState } from './machine.ts';
import { aimText, figureText, type Summary } from './summary.ts';

/** A benchmark's outcome, as `--json` prints it. */
export interface Report {
  readonly benchmark: string;
  readonly question: string;
  readonly figures: readonly Summary[];
  readonly notes: readonly string[];
  /** wall time that the benchmark took */
  readonly seconds: number;
}

/** Lines for a terminal: one per figure. */
export function asText({ benchmark, question, figures, notes }: Report): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const lines = figures.map((figure) => {
    const { name, n, min, median, max, unit } = figure;
    const numbers = [min, median, max].map(figureText).join(' / ');
    return `  ${name.padEnd(width)}  ${numbers} ${unit}  n=${n}  ${aimText(figure)}`.trimEnd();
  });
  return [`${benchmark}: ${question} (min / median / max)`, ...lines, ...notes.map((note) => `  - ${note}`)]
    .map((line) => `${line}\n`)
    .join('');
}

/** A table with all figures, and what one must know of the machine to read them. */
export function asMarkdown(reports: readonly Report[], machine: MachineState): string {
  const rows = reports.flatMap(({ benchmark, figures }) =>
    figures.map((figure) => {
      const { name, unit, n, min, median, max } = figure;
      const cells = [
        benchmark,
        name,
        unit,
        String(n),
        ...[min, median, max].map(figureText),
        aimText(figure),
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  );
  const notes = reports.flatMap(({ benchmark, notes: own }) => own.map((note) => `- ${benchmark}: ${note}`));
  return [
    machineLine(machine),
    '',
    '| benchmark | figure | unit | n | min | median | max | aim |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    ...notes,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** Where and when figures were measured. */
export function machineLine(machine: MachineState): string {
  const { startedAt, commit, processor, processors, kernel, node, loadBefore, loadAfter } = machine;
  const load = `load average ${loadBefore.map(figureText).join(' ')} before, ${loadAfter.map(figureText).join(' ')} after`;
  return `${startedAt.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}, ${processors} × ${processor}, Linux ${kernel}, Node ${node}; ${load}.`;
}
