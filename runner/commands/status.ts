import type { Command } from 'commander';
import { LabError } from '../../linux/lab-error.ts';
import { wholeNumber } from './arguments.ts';

const NOT_WELL = 1;
const LARGEST_PORT = 65_535;

interface StatusFlags {
  readonly port?: number;
  readonly json?: boolean;
}

/** `status [FILE]`. */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description(
      'how a program on this host is: contact node and term, members, clients, handoffs, keys in use',
    )
    .argument('[configuration]', 'its file, which says where it answers; default: port 9470 of ::1')
    .option('--port <number>', 'where it answers', wholeNumber('--port', 1, LARGEST_PORT))
    .option('--json', 'for programs: { status, trouble }')
    .action(status);
}

/** 0: it does all that it is for; 1: it does not; 3: nobody answers. */
async function status(file: string | undefined, { port, json }: StatusFlags): Promise<void> {
  const { askProgram, placeOf } = await import('../../deploy/ask-program.ts');
  const { describeStatus } = await import('../../deploy/describe-status.ts');
  const place = { ...placeOf(file), ...(port === undefined ? {} : { port }) };
  const told = await askProgram(place);
  if (told === undefined)
    throw new LabError(`nobody answers on port ${place.port} of ${place.address}`, {
      remedy: 'start the program with "observe": {} in its configuration, or name its file or --port',
    });
  process.stdout.write(json === true ? `${JSON.stringify(told, undefined, 2)}\n` : describeStatus(told));
  process.exitCode = told.trouble === undefined ? 0 : NOT_WELL;
}
