import type { Command } from 'commander';
import { experiments } from '../../experiments/index.ts';
import { handoffVariants } from '../../server/handoff/variants.ts';
import { describeParameters, parameterLines } from './describe-parameters.ts';

const profiles = ['smoke', 'quick', 'paper'] as const;

/** `list`: experiments with their parameters, handoff variants, profiles. */
export function addListCommand(program: Command): void {
  program
    .command('list')
    .description('experiments with their parameters, handoff variants and profiles')
    .option('--json', 'for programs: { experiments, variants, profiles }')
    .action(({ json }: { readonly json?: boolean }) => void process.stdout.write(json ? asJson() : asText()));
}

function asText(): string {
  const lines = [
    'parameters: --set name=default, unit, bounds, meaning [values in the profiles that vary it]',
    '',
  ];
  for (const experiment of experiments) {
    const { id, title, source } = experiment;
    const own = parameterLines(describeParameters(experiment));
    lines.push(`experiment ${id}: ${title} (${source})`, ...own.map((line) => `  --set ${line}`), '');
  }
  for (const { name, description, source } of handoffVariants)
    lines.push(`variant ${name}: ${description} (${source})`);
  lines.push(`profiles: ${profiles.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

function asJson(): string {
  const described = experiments.map((experiment) => {
    const { id, title, source, question, variants } = experiment;
    return { id, title, source, question, variants, parameters: describeParameters(experiment) };
  });
  const variants = handoffVariants.map(({ name, description, source }) => ({ name, description, source }));
  return `${JSON.stringify({ experiments: described, variants, profiles }, undefined, 2)}\n`;
}
