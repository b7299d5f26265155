import type { Command } from 'commander';
import type { Experiment } from '../../experiments/experiment.ts';
import { everyExperiment, experiments } from '../../experiments/index.ts';
import { handoffVariants } from '../../server/variants/variants.ts';
import { chooseExperiments } from './choose-experiments.ts';
import { describeParameters, parameterLines } from './describe-parameters.ts';

const profiles = ['smoke', 'quick', 'paper'] as const;

/** `list`: experiments with their parameters, handoff variants, profiles. */
export function addListCommand(program: Command): void {
  program
    .command('list')
    .description('experiments with their parameters, handoff variants and profiles')
    .argument('[experiments...]', 'ids; default: all, with variants and profiles')
    .option('--json', 'for programs: { experiments, variants, profiles }')
    .action(async (ids: readonly string[], { json }: { readonly json?: boolean }) => {
      const chosen = ids.length === 0 ? everyExperiment : await chooseExperiments(ids);
      process.stdout.write(json ? asJson(chosen) : asText(chosen, ids.length === 0));
    });
}

function asText(chosen: readonly Experiment[], all: boolean): string {
  const lines = [
    'parameters: --set name=default, unit, bounds, meaning [values in the profiles that vary it]',
    '',
  ];
  for (const experiment of chosen) {
    const { id, title, source, question, variants } = experiment;
    const own = parameterLines(describeParameters(experiment));
    const alone = everyExperiment.includes(experiment) && !experiments.includes(experiment);
    lines.push(`experiment ${id}: ${title} (${source})${alone ? '; by its name, no part of all' : ''}`);
    if (!all)
      lines.push(`  ${question}`, ...(variants.length === 0 ? [] : [`  variants: ${variants.join(', ')}`]));
    lines.push(...own.map((line) => `  --set ${line}`), '');
  }
  if (!all) return `${lines.join('\n').trimEnd()}\n`;
  for (const { name, description, source } of handoffVariants)
    lines.push(`variant ${name}: ${description} (${source})`);
  lines.push(`profiles: ${profiles.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

function asJson(chosen: readonly Experiment[]): string {
  const described = chosen.map((experiment) => {
    const { id, title, source, question, variants } = experiment;
    return { id, title, source, question, variants, parameters: describeParameters(experiment) };
  });
  const variants = handoffVariants.map(({ name, description, source }) => ({ name, description, source }));
  return `${JSON.stringify({ experiments: described, variants, profiles }, undefined, 2)}\n`;
}
