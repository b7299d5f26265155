import type { Command } from 'commander';
import { experiments } from '../../experiments/index.ts';
import { handoffVariants } from '../../server/variants.ts';

/** `list`: experiments with their parameters, handoff variants, profiles. */
export function addListCommand(program: Command): void {
  program.command('list').description('experiments, handoff variants and profiles').action(list);
}

function list(): void {
  const lines: string[] = [];
  for (const { id, title, source, parameters } of experiments) {
    lines.push(`experiment ${id}: ${title} (${source})`, `  --set ${Object.keys(parameters).join(', ')}`);
  }
  for (const { name, description, source } of handoffVariants)
    lines.push(`variant ${name}: ${description} (${source})`);
  lines.push('profiles: smoke, quick, paper');
  process.stdout.write(`${lines.join('\n')}\n`);
}
