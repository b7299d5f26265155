import { fitting } from './fitting.ts';
import type { Streams } from './terminal-line.ts';

/** Takes a line for people; `passing`: the next one makes it worthless, so a terminal may write over it. */
export type Log = (line: string, passing?: boolean) => void;

const clear = '\r\u001b[K';

/** A log on that stream: on a terminal, passing lines are one line that is written over and gone with the next lasting one. */
export function logTo(err: Streams['err']): Log {
  let shown = false;
  return (line, passing = false) => {
    const over = shown ? clear : '';
    shown = passing && err.isTTY === true;
    // A line that wraps cannot be written over.
    const text = shown ? fitting([{ text: line, weight: 0 }], (err.columns || 80) - 1) : `${line}\n`;
    err.write(over + text);
  };
}
