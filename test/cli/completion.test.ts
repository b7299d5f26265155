import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = resolve(import.meta.dirname, '../..');

function script(shell: string): string {
  const { stdout, stderr } = spawnSync(join(root, 'bin/handoff-lab'), ['completion', shell], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return stdout;
}

/** What bash offers for the last of these words. */
function offered(text: string, ...words: readonly string[]): readonly string[] {
  const call = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _handoff_lab; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['-c', `${text}\n${call}`, 'bash', 'handoff-lab', ...words],
    { encoding: 'utf8', cwd: root },
  );
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split('\n');
}

test('bash completes commands, experiments, options, their values, and files', () => {
  const text = script('bash');
  for (const [words, expected] of [
    [['comp'], ['compare', 'completion']],
    [
      ['run', 'fig1'],
      ['fig10', 'fig11', 'fig12'],
    ],
    [
      ['run', 'fig12', 'fig1'],
      ['fig10', 'fig11', 'fig12'],
    ],
    [['run', 'atlas-'], ['atlas-rough']],
    [['run', 'fig12', '--prof'], ['--profile']],
    [
      ['run', 'fig12', '--profile', ''],
      ['smoke', 'quick', 'paper'],
    ],
    [['run', '--set', 'csM'], ['csMs=']],
    [['run', 'fig12', '--quiet', '--js'], ['--json']],
    [['serve', '--topology', 'wi'], ['wide-area']],
    [['topology', 'show', 'fig'], ['fig9']],
    [['kernel', 'ex'], ['export']],
    [['keygen', 'ro'], ['rotate']],
    [['keygen', 'group', '--ou'], ['--out']],
    [['keygen', 'rotate', 'a'], ['associations']],
    [['keygen', 'rotate', 'tru'], ['trustKey']],
    [['keygen', 'finish', 'asso'], ['']],
    [['check', 'ho'], ['host']],
    [['run', 'examples/near'], ['examples/near-acceptor.ts']],
    [['run', 'fig12', '--out', 'READ'], ['README.md']],
  ] as const)
    assert.deepEqual(offered(text, ...words), expected, words.join(' '));
  assert.ok(offered(text, 'run', '--variant', 'drain').includes('drain+advance-rr'));
});

/**
 * What stands on the command line of a zsh at a terminal after each of these and the tab key. `made`: how it comes to
 * the completion.
 */
function typed(made: string, lines: readonly string[]): readonly string[] {
  const keys = lines.map((line) => `zpty -w -n z '${line}'$'\\t\\x18'; answer '<<'`);
  const program = `
    zmodload zsh/zpty
    answer() { local line; while zpty -r z line; do [[ $line == *$1* ]] && { print -r -- "$line"; return }; done }
    zpty z TERM=dumb zsh -f -i
    zpty -w z 'stty -echo; unset zle_bracketed_paste; cd ${root}; ${made}'
    zpty -w z 'show() { print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N show; bindkey "^X" show; print RE""ADY'
    answer READY
    ${keys.join('\n')}
    zpty -d z`;
  const { stdout, stderr, error } = spawnSync('zsh', ['-f', '-c', program], {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  assert.equal(error, undefined, stderr);
  return [...stdout.matchAll(/<<(.*)>>/g)].map(([, line]) => line!);
}

const zshIsHere = spawnSync('zsh', ['--version']).status === 0;

test('zsh completes the same, from a script that it reads and as a file of its fpath', {
  skip: zshIsHere ? false : 'zsh is not installed: apt-get install zsh',
}, async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, '_handoff_lab');
  await writeFile(file, script('zsh'));
  const cases = [
    ['handoff-lab comple', 'handoff-lab completion '],
    ['bin/handoff-lab comple', 'bin/handoff-lab completion '],
    ['handoff-lab run fig12 --prof', 'handoff-lab run fig12 --profile '],
    ['handoff-lab run --set csM', 'handoff-lab run --set csMs='],
    ['handoff-lab run --variant drain+adv', 'handoff-lab run --variant drain+advance-rr '],
    ['handoff-lab topology show fi', 'handoff-lab topology show fig9 '],
    ['handoff-lab keygen ro', 'handoff-lab keygen rotate '],
    ['handoff-lab keygen rotate tru', 'handoff-lab keygen rotate trustKey '],
    ['handoff-lab run examples/near', 'handoff-lab run examples/near-acceptor.ts '],
    ['handoff-lab run fig12 --out READ', 'handoff-lab run fig12 --out README.md '],
    ['handoff-lab comp', 'handoff-lab comp'],
  ] as const;
  const initial = cases.map(([line]) => line);
  const expected = cases.map(([, line]) => line);
  assert.deepEqual(typed(`source ${file}`, initial), expected);
  const named = initial.filter((line) => !line.startsWith('bin/'));
  assert.deepEqual(
    typed(`fpath=(${folder.path} $fpath); autoload -Uz compinit; compinit -u -D`, named),
    expected.filter((line) => !line.startsWith('bin/')),
  );
});
