import { askProgram, placeOf } from '../../../deploy/ask-program.ts';
import { describeStatus } from '../../../deploy/describe-status.ts';

/** `handoff-lab status FILE [--json]` without the rest of the command line, which a lab does not have. */
async function status([file, json]: readonly string[]): Promise<void> {
  const answer = await askProgram(placeOf(file));
  if (answer === undefined) throw new Error('nobody answers');
  process.stdout.write(json === undefined ? describeStatus(answer) : `${JSON.stringify(answer)}\n`);
  process.exitCode = answer.trouble === undefined ? 0 : 1;
}

void status(process.argv.slice(2));
