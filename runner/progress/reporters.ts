import type { Writable } from 'node:stream';
import type { Reporter, RunEvent } from './events.ts';
import { logTo } from './log.ts';
import type { Pulse, Streams } from './terminal-line.ts';
import { TerminalLine } from './terminal-line.ts';
import { cellLine, claimsText, startLine, verdictsText } from './wording.ts';

/** Whom a run talks to; `quiet`: people who want its results, and nothing of how far it has come. */
export type Audience = 'people' | 'json' | 'quiet';

/** The reporter for these streams: JSON if asked for, one moving line on a terminal, else a line per cell. */
export function reporterFor(
  audience: Audience,
  streams: Streams = { out: process.stdout, err: process.stderr },
  pulse?: Pulse,
): Reporter {
  if (audience === 'json') return jsonReporter(streams.out);
  if (audience === 'quiet') return quietReporter(streams);
  return streams.err.isTTY ? terminalReporter(streams, pulse) : plainReporter(streams);
}

/** What lasts of a run: its results, and cells that failed. */
function quietReporter(streams: Streams): Reporter {
  return {
    emit: (event) => {
      if (event.event === 'note' || event.event === 'start') return;
      if (event.event !== 'cell' && event.event !== 'cell-started') writeLasting(event, streams);
    },
    close: () => undefined,
  };
}

/** One JSON object per event and line; nothing else goes to that stream. */
function jsonReporter(out: Writable): Reporter {
  return { emit: (event) => void out.write(`${JSON.stringify(event)}\n`), close: () => undefined };
}

/** A line per event on standard error, results on standard output. */
function plainReporter({ out, err }: Streams): Reporter {
  return {
    emit: (event) => {
      if (event.event === 'cell-started') return;
      if (event.event === 'cell') err.write(`${cellLine(event)}\n`);
      else writeLasting(event, { out, err });
    },
    close: () => undefined,
  };
}

/** One line that moves; what lasts goes above it. */
function terminalReporter({ out, err }: Streams, pulse?: Pulse): Reporter {
  let line = new TerminalLine(err, pulse);
  const log = logTo(err);
  return {
    emit: (event) => {
      switch (event.event) {
        case 'cell-started':
          line.begin(event);
          return;
        case 'cell':
          // A failed repetition must not vanish with the next cell.
          if (event.failedRepetitions > 0) line.above(() => err.write(`${cellLine(event)}\n`));
          line.finish(event);
          return;
        case 'note':
          line.above(() => log(event.text, event.passing));
          return;
        case 'cell-failed':
          line.above(() => writeLasting(event, { out, err }));
          return;
        default:
          line.close();
          writeLasting(event, { out, err });
      }
      if (event.event !== 'start') return;
      line = new TerminalLine(err, pulse);
      line.start(event);
    },
    close: () => line.close(),
  };
}

function writeLasting(
  event: Exclude<RunEvent, { event: 'cell' | 'cell-started' }>,
  { out, err }: Streams,
): void {
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
