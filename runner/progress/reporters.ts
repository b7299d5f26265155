import type { Writable } from 'node:stream';
import type { Reporter, RunEvent } from './events.ts';
import type { Streams } from './terminal-line.ts';
import { TerminalLine } from './terminal-line.ts';
import { cellLine, claimsText, startLine, verdictsText } from './wording.ts';

/** The reporter for these streams: JSON if asked for, one updating line on a terminal, else a line per cell. */
export function reporterFor(
  json: boolean,
  streams: Streams = { out: process.stdout, err: process.stderr },
): Reporter {
  if (json) return jsonReporter(streams.out);
  return streams.err.isTTY ? terminalReporter(streams) : plainReporter(streams);
}

/** One JSON object per event and line; nothing else goes to that stream. */
function jsonReporter(out: Writable): Reporter {
  return { emit: (event) => void out.write(`${JSON.stringify(event)}\n`), close: () => undefined };
}

/** A line per event on standard error, results on standard output. */
function plainReporter({ out, err }: Streams): Reporter {
  return {
    emit: (event) => {
      if (event.event === 'cell') err.write(`${cellLine(event)}\n`);
      else writeLasting(event, { out, err });
    },
    close: () => undefined,
  };
}

/** One line that is written over with every cell; what lasts goes above it. */
function terminalReporter({ out, err }: Streams): Reporter {
  let line = new TerminalLine(err);
  return {
    emit: (event) => {
      if (event.event === 'cell') {
        // A failed repetition must not vanish with the next cell.
        if (event.failedRepetitions > 0) line.above(() => err.write(`${cellLine(event)}\n`));
        line.update(event);
        return;
      }
      if (event.event !== 'note' && event.event !== 'cell-failed') line.close();
      line.above(() => writeLasting(event, { out, err }));
      if (event.event === 'start') line = new TerminalLine(err);
    },
    close: () => line.close(),
  };
}

function writeLasting(event: Exclude<RunEvent, { event: 'cell' }>, { out, err }: Streams): void {
  switch (event.event) {
    case 'note':
      err.write(`${event.text}\n`);
      return;
    case 'start':
      err.write(`${startLine(event)}\n`);
      return;
    case 'cell-failed':
      err.write(`${event.experiment}: cell ${event.cell} failed\n`);
      return;
    case 'claims':
      out.write(claimsText(event, out.isTTY === true));
      return;
    case 'verdicts':
      out.write(verdictsText(event));
      return;
    case 'end':
      out.write(`results: ${event.out}\n`);
      return;
    default:
      event satisfies never;
  }
}
