/** The shells that `completion` makes a script for. */
export const shells = ['bash', 'zsh'] as const;
export type Shell = (typeof shells)[number];

/** A script for `shell`. `parents`: commands that have commands below them; `cases`: lines of a `case "command|option"` that set `choices`. */
export function driverOf(shell: Shell, parents: readonly string[], cases: string): string {
  const text =
    `${heads[shell]}# Completion for handoff-lab; made by: handoff-lab completion ${shell}\n${drivers[shell]}${CHOICES}`
      .replaceAll('PARENTS', parents.map((name) => `/${name}`).join(' | '))
      .replaceAll('BELOW', parents.map((name) => `${name}/*`).join(' | '));
  // Not by a string: `$` means something in it.
  return `${text.replace('CASES', () => cases)}${ends[shell]}`;
}

/** Sets choices; behind an option without a value it is what the command takes. */
const CHOICES = `_handoff_lab_choices() {
  case "$1|$2" in
CASES
    *) case "$2" in '') ;; *) _handoff_lab_choices "$1" '' ;; esac ;;
  esac
}
# Sets at: the command whose words stand before the cursor.
_handoff_lab_command() {
  local word
  for word in "$@"; do
    case $at/$word in
      PARENTS) at=$word ;;
      BELOW) [[ $word == -* || $at == *' '* ]] || at="$at $word" ;;
      /-*) ;;
      /*) at=$word ;;
    esac
  done
}
`;

const drivers: Readonly<Record<Shell, string>> = {
  bash: `_handoff_lab() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at='' choices=''
  _handoff_lab_command "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
  case $previous in --*) ;; *) previous='' ;; esac
  _handoff_lab_choices "$at" "$previous"
  COMPREPLY=($(compgen -W "$choices" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
  [[ \${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
}
`,
  // Not by bashcompinit: its compgen does not choose by the word, and its file names stand beside words.
  zsh: `_handoff_lab() {
  local at='' choices='' previous=\${words[CURRENT-1]}
  local -a open closed
  _handoff_lab_command "\${(@)words[2,CURRENT-1]}"
  case $previous in --*) ;; *) previous='' ;; esac
  _handoff_lab_choices "$at" "$previous"
  closed=(\${=choices})
  open=(\${(M)closed:#*=})
  closed=(\${closed:#*=})
  local found=1
  compadd -S '' -a open && found=0
  compadd -a closed && found=0
  (( found == 0 )) || _files
}
`,
};

/** zsh looks at the first line of files in its fpath. */
const heads: Readonly<Record<Shell, string>> = { bash: '', zsh: '#compdef handoff-lab\n' };

const ends: Readonly<Record<Shell, string>> = {
  bash: 'complete -o filenames -F _handoff_lab handoff-lab bin/handoff-lab ./bin/handoff-lab\n',
  // Read as a file of fpath this is the function itself, called for the first time.
  zsh: `if [[ \${funcstack[1]-} == _handoff?lab ]]; then
  _handoff_lab "$@"
else
  (( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit; }
  compdef _handoff_lab handoff-lab bin/handoff-lab ./bin/handoff-lab
fi
`,
};
