import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Line {
  readonly t: string;
  readonly node: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** In words, for one who has run a command against a server: the command's end, each handoff, what went wrong. */
export async function whatHappened(
  folder: string,
  addresses: Readonly<Record<string, string>>,
): Promise<{ readonly good: boolean; readonly lines: readonly string[] }> {
  const text = await readFile(join(folder, 'events.jsonl'), 'utf8');
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  const start = events.find(({ event }) => event === 'repetition-started');
  const end = events.findLast(({ event }) => event === 'repetition-finished');
  const nameOf = new Map(Object.entries(addresses).map(([name, address]) => [address, name]));
  const named = (address: unknown): string => nameOf.get(String(address)) ?? String(address);
  const ms = ({ t }: Line): string =>
    start === undefined ? '' : `${(Number(BigInt(t) - BigInt(start.t)) / 1e6).toFixed(1)} ms: `;
  const lines = events.flatMap((line) => {
    const words = line === end ? endInWords(end) : inWords(line, named);
    return words === undefined ? [] : [`${ms(line)}${words}`];
  });
  return { good: end?.ok === true, lines };
}

function endInWords({ problem }: Line): string {
  const words = String(problem ?? 'the command did not end');
  return `the command ended${words === '' ? '' : ` badly: ${words}`}`;
}

/** Undefined of what goes without saying. */
function inWords(line: Line, named: (address: unknown) => string): string | undefined {
  const { node, event, client, acceptor, reason } = line;
  switch (event) {
    case 'client-connected':
      return `${named(client)} connects to ${node}`;
    case 'handed-off':
      return `${node} has handed ${named(client)} off${acceptor === undefined ? '' : ` to ${named(acceptor)}`}`;
    case 'handoff-not-started':
    case 'handoff-failed':
    case 'connection-lost':
      return `${node}: ${event.replaceAll('-', ' ')}, ${named(client)}: ${reason}`;
    case 'ordered-handoff-failed':
      return `${node}: ${named(client)} was to go to ${named(acceptor)}, and stays; has the application a clientState listener?`;
    case 'application-error':
    case 'application-stopped':
    case 'application-not-closed':
      return `${node}: ${event.replaceAll('-', ' ')}: ${line.application ?? ''} ${reason ?? ''}`;
    case 'folder-not-readable':
      return `the command runs in /: the lab may not read ${line.folder} (as root's it runs as another user): chmod o+rx it`;
    case 'client-too-slow':
      return `the command was ended after ${line.timeoutMs} ms`;
    default:
      return undefined;
  }
}
