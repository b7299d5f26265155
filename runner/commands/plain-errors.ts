/** What the parser of the command line says, in the style of all other errors: field, value, remedy. */
export function plainError(text: string): string {
  const said = text.replace(/^error: /, '').trim();
  const [, option, value, choices] =
    /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s.exec(
      said,
    ) ?? [];
  if (option !== undefined) return line(`${option}: '${value}' is unknown; use one of: ${choices}`);
  const [, what, name, meant] =
    /^unknown (option|command) '(.*?)'(?:\n\(Did you mean (.*)\?\))?$/s.exec(said) ?? [];
  if (what !== undefined)
    return line(
      `unknown ${what}: '${name}'; ${meant === undefined ? `see handoff-lab ${what === 'option' ? 'COMMAND ' : ''}--help` : `did you mean ${meant}?`}`,
    );
  const [, argument] = /^missing required argument '(.*)'$/.exec(said) ?? [];
  if (argument !== undefined) return line(`${argument} is missing; see handoff-lab COMMAND --help`);
  return line(said);
}

function line(text: string): string {
  return `handoff-lab: ${text}\n`;
}
