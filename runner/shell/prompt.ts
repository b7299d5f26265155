import { createInterface } from 'node:readline';
import type { ReadStream } from 'node:tty';
import { LabError } from '../../linux/lab-error.ts';
import type { Topology } from '../../topologies/topology.ts';
import type { LabSession } from './session.ts';
import { type OwnWords, type Request, readLine } from './words.ts';

const PROMPT = 'handoff-lab> ';
/** As of a shell that does not know a command. */
const NOT_FOUND = 127;

/** Talks to someone at a terminal until `exit` or Ctrl-D; resolves to the last command's status. */
export async function talkToTerminal(
  session: LabSession,
  topology: Topology,
  words: OwnWords = {},
): Promise<number> {
  const history: string[] = [];
  const terminal = process.stdin;
  for (let status = 0; ; ) {
    const line = await askTerminal(history);
    const request = line === undefined ? { kind: 'exit' as const } : readLine(topology, line, words);
    if (request.kind === 'exit') return status;
    status = await withKeys(terminal, session, () => answer(session, request, status));
  }
}

/** Runs the lines of a script until `exit` or its end; resolves to the last command's status. */
export async function talkToScript(
  session: LabSession,
  topology: Topology,
  lines: AsyncIterable<string>,
  words: OwnWords = {},
): Promise<number> {
  let status = 0;
  for await (const line of lines) {
    const request = readLine(topology, line, words);
    if (request.kind === 'exit') break;
    status = await answer(session, request, status);
  }
  return status;
}

async function answer(session: LabSession, request: Request, before: number): Promise<number> {
  switch (request.kind) {
    case 'nothing':
    case 'exit':
      return before;
    case 'text':
      process.stdout.write(request.text);
      return 0;
    case 'mistake':
      process.stderr.write(`${request.text}\n`);
      return NOT_FOUND;
    case 'command':
      return runCommand(session, request.host, request.command);
    default:
      return request satisfies never;
  }
}

async function runCommand(session: LabSession, host: string, command: string): Promise<number> {
  try {
    return await session.run(host, command, (octets) => void process.stdout.write(octets));
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return NOT_FOUND;
  }
}

/** One line, with editing and history; Ctrl-C begins a new one. `undefined`: Ctrl-D. */
function askTerminal(history: string[]): Promise<string | undefined> {
  const { stdin: input, stdout: output } = process;
  const editor = createInterface({ input, output, terminal: true, prompt: PROMPT, history: [...history] });
  return new Promise((resolve) => {
    let answer: string | undefined;
    editor.once('line', (line) => {
      if (line.trim() !== '') history.unshift(line);
      answer = line;
      editor.close();
    });
    editor.on('SIGINT', () => {
      output.write('^C\n');
      editor.write(null, { ctrl: true, name: 'e' });
      editor.write(null, { ctrl: true, name: 'u' });
      editor.prompt();
    });
    editor.once('close', () => {
      if (answer === undefined) output.write('\n');
      resolve(answer);
    });
    editor.prompt();
  });
}

/** While a command runs, keys go to the lab's terminal as they are: it echoes them, edits lines and knows Ctrl-C. */
async function withKeys(
  terminal: ReadStream,
  session: LabSession,
  work: () => Promise<number>,
): Promise<number> {
  const forward = (keys: Buffer): void => session.type(keys);
  terminal.setRawMode(true);
  terminal.on('data', forward);
  terminal.resume();
  try {
    return await work();
  } finally {
    terminal.off('data', forward);
    terminal.setRawMode(false);
    terminal.pause();
  }
}
