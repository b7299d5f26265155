import type { Command, Option } from 'commander';
import { UsageError } from '../usage-error.ts';

/** Refuses an option of these commands that takes one value and is given several: the last would count, and nobody hear of the others. Throws UsageError as arguments are read. */
export function onceEach(program: Command): void {
  for (const command of program.commands) {
    for (const option of command.options) if (takesOne(option)) refuseSecond(command, option);
    onceEach(command);
  }
}

/** What is collected starts from a list. */
function takesOne({ required, optional, variadic, defaultValue }: Option): boolean {
  return (required || optional) && !variadic && !Array.isArray(defaultValue);
}

function refuseSecond(command: Command, option: Option): void {
  let given: string | undefined;
  command.on(`option:${option.name()}`, (value: string | null) => {
    if (given !== undefined)
      throw new UsageError(
        option.long ?? option.flags,
        value ?? '',
        `is given besides '${given}'`,
        'give one of the two',
      );
    given = value ?? '';
  });
}
