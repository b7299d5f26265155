import { Argument, type Command } from 'commander';
import { everyExperiment, experiments } from '../../experiments/index.ts';
import { handoffVariants } from '../../server/variants/variants.ts';
import { topologies } from '../../topologies/index.ts';
import { driverOf, type Shell, shells } from './completion-scripts.ts';
import { FINISHED_KEYS, KEYS } from './keygen.ts';

/** `completion bash|zsh`: a script for the shell, made of the commands and options that `program` has. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('completion for a shell: source <(bin/handoff-lab completion bash)')
    .addArgument(new Argument('<shell>', 'which').choices(shells))
    .action((shell: Shell) => void process.stdout.write(completionScript(program, shell)));
}

const named = everyExperiment.map(({ id }) => id);

/** Words that stand behind an option or command besides those that it names itself. */
const values: Readonly<Record<string, () => readonly string[]>> = {
  '--variant': () => handoffVariants.map(({ name }) => name),
  '--a': () => handoffVariants.map(({ name }) => name),
  '--b': () => handoffVariants.map(({ name }) => name),
  '--set': () =>
    [...new Set(experiments.flatMap(({ parameters }) => Object.keys(parameters)))].map((name) => `${name}=`),
  '--against': () => handoffVariants.map(({ name }) => name),
  '--topology': () => Object.keys(topologies),
  run: () => [...named, 'all'],
  list: () => named,
  shell: () => Object.keys(topologies),
  check: () => ['host'],
  'keygen rotate': () => KEYS,
  'keygen finish': () => FINISHED_KEYS,
  'topology show': () => Object.keys(topologies),
  'topology mininet': () => Object.keys(topologies),
};

/** Options and words are known when the script is made: no key press waits for a process. */
function completionScript(program: Command, shell: Shell): string {
  const cases = commandsOf(program, []).flatMap(([path, command]) => casesOf(path, command));
  const parents = program.commands.filter(({ commands }) => commands.length > 0).map((one) => one.name());
  return driverOf(shell, parents, cases.join('\n'));
}

function commandsOf(
  command: Command,
  path: readonly string[],
): readonly (readonly [readonly string[], Command])[] {
  const below = command.commands.flatMap((one) => commandsOf(one, [...path, one.name()]));
  return [[path, command], ...below];
}

/** Lines `'PATH|OPTION') choices=…`: behind an option its values, behind anything else what the command takes. */
function casesOf(path: readonly string[], command: Command): readonly string[] {
  const name = path.join(' ');
  const own = [
    ...command.commands.map((one) => one.name()),
    ...command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    ...(values[name]?.() ?? []),
    ...command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long])),
    '--help',
  ];
  const behind = command.options.flatMap(({ long, required, optional, argChoices }) => {
    if (typeof long !== 'string' || !(required || optional)) return [];
    return [line(`${name}|${long}`, argChoices ?? values[long]?.() ?? [])];
  });
  return [line(`${name}|`, own), ...behind];
}

function line(pattern: string, words: readonly string[]): string {
  return `    '${pattern}') choices='${words.join(' ')}' ;;`;
}
