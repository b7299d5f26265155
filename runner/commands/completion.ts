import { Argument, type Command } from 'commander';
import { experiments } from '../../experiments/index.ts';
import { handoffVariants } from '../../server/handoff/variants.ts';
import { topologies } from '../../topologies/index.ts';

/** `completion bash|zsh`: a script for the shell, made of the commands and options that `program` has. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('completion for a shell: source <(bin/handoff-lab completion bash)')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh']))
    .action((shell: 'bash' | 'zsh') => void process.stdout.write(completionScript(program, shell)));
}

/** Words that stand behind an option or command besides those that it names itself. */
const values: Readonly<Record<string, () => readonly string[]>> = {
  '--variant': () => handoffVariants.map(({ name }) => name),
  '--a': () => handoffVariants.map(({ name }) => name),
  '--b': () => handoffVariants.map(({ name }) => name),
  '--set': () =>
    [...new Set(experiments.flatMap(({ parameters }) => Object.keys(parameters)))].map((name) => `${name}=`),
  run: () => [...experiments.map(({ id }) => id), 'all'],
  list: () => experiments.map(({ id }) => id),
  shell: () => Object.keys(topologies),
  'topology show': () => Object.keys(topologies),
  'topology mininet': () => Object.keys(topologies),
};

/** Options and words are known when the script is made: no key press waits for a process. */
function completionScript(program: Command, shell: 'bash' | 'zsh'): string {
  const cases = commandsOf(program, []).flatMap(([path, command]) => casesOf(path, command));
  const head =
    shell === 'zsh'
      ? '#compdef handoff-lab\nautoload -Uz compinit bashcompinit\ncompinit\nbashcompinit\n'
      : '';
  return `${head}${FUNCTION.replace('CASES', cases.join('\n'))}`;
}

function commandsOf(
  command: Command,
  path: readonly string[],
): readonly (readonly [readonly string[], Command])[] {
  const below = command.commands.flatMap((one) => commandsOf(one, [...path, one.name()]));
  return [[path, command], ...below];
}

/** Lines `'PATH OPTION') words=…`: behind an option its values, behind anything else what the command takes. */
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
  return `    '${pattern}') words='${words.join(' ')}' ;;`;
}

const FUNCTION = `# Completion for handoff-lab; made by: handoff-lab completion
_handoff_lab() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at='' word words=''
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $at/$word in
      /topology | /kernel) at=$word ;;
      topology/* | kernel/*) [[ $word == -* || $at == *' '* ]] || at="$at $word" ;;
      /-*) ;;
      /*) at=$word ;;
    esac
  done
  case $previous in --*) ;; *) previous='' ;; esac
  _handoff_lab_words "$at" "$previous"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
  [[ \${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
}
# Sets words; behind an option without a value it is what the command takes.
_handoff_lab_words() {
  case "$1|$2" in
CASES
    *) case "$2" in '') ;; *) _handoff_lab_words "$1" '' ;; esac ;;
  esac
}
complete -o filenames -F _handoff_lab handoff-lab bin/handoff-lab ./bin/handoff-lab
`;
