import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { address } from '../nodes/support/config-fields.ts';
import { problemsOf, withoutWords } from '../nodes/support/config-problems.ts';
import { badJsonAt } from '../nodes/support/json-place.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { suggestion } from '../server/nearest-name.ts';
import { DeploymentError } from './deployment-error.ts';

const name = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'expected a short name: small letters, digits, hyphens'));

const homeAgent = strictObject({
  address,
  /** the home link's, e.g. 2001:db8:1::/64 */
  prefix: z.cidrv6(),
});

const contact = strictObject({
  address,
  /** name of its home agent */
  homeAgent: name,
  /** name of the member that creates it */
  contactNode: name,
  /** names of the members that may hold its associations, in the order in which they take it over; absent: it ends with its contact node */
  trusted: z.optional(z.array(name).check(z.minLength(2))),
});

const fields = strictObject({
  /** name → care-of address */
  members: z.record(name, address),
  homeAgents: z.record(name, homeAgent),
  contacts: z.array(contact).check(z.minLength(1)),
  /** fields of every member's configuration, in place of the defaults of `settingsOfAll`; `servicePort` and `application` have none */
  settings: z.record(z.string(), z.unknown()),
});

export type Plan = z.infer<typeof fields>;

/** What a plan's settings may not say, since it says it otherwise, or since keys are made. */
const MADE = [
  'careOfAddress',
  'contactAddress',
  'homeAgent',
  'contactNode',
  'associations',
  'contacts',
  'peers',
  'channelKey',
  'trustKey',
];

const planSchema = fields.check((checked) => {
  if (checked.issues.length > 0) return;
  const { members, homeAgents, contacts, settings } = checked.value;
  const issue = (path: (string | number)[], message: string): void =>
    void checked.issues.push({ code: 'custom', input: checked.value, path, message });
  const oneOf = (
    names: Readonly<Record<string, unknown>>,
    given: string,
    what: string,
    path: (string | number)[],
  ): void => {
    if (Object.hasOwn(names, given)) return;
    const known = Object.keys(names);
    issue(path, `is no ${what}${suggestion(given, known) || `; there are: ${known.join(', ')}`}`);
  };
  for (const both of Object.keys(members))
    if (Object.hasOwn(homeAgents, both))
      issue(['members', both], 'is a home agent’s name, too: its file would be the same');
  for (const [index, one] of contacts.entries()) {
    oneOf(homeAgents, one.homeAgent, 'home agent of this plan', ['contacts', index, 'homeAgent']);
    oneOf(members, one.contactNode, 'member of this plan', ['contacts', index, 'contactNode']);
    for (const [place, trusted] of (one.trusted ?? []).entries())
      oneOf(members, trusted, 'member of this plan', ['contacts', index, 'trusted', place]);
    if (one.trusted !== undefined && !one.trusted.includes(one.contactNode))
      issue(['contacts', index, 'trusted'], `lacks ${one.contactNode}, which creates the address`);
  }
  for (const made of MADE)
    if (Object.hasOwn(settings, made))
      issue(['settings', made], 'is made from the rest of the plan: leave it out');
});

/** A group's plan from a file. Throws DeploymentError with each wrong field. */
export function readPlan(file: string): Plan {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new DeploymentError([
      `plan: '${file}' cannot be read (${String(error)}); name a file such as deploy/example-plan.json`,
    ]);
  }
  const place = badJsonAt(text);
  if (place !== undefined)
    throw new DeploymentError([`${file} is no JSON from line ${place.line}, column ${place.column} on`]);
  const json: unknown = JSON.parse(text);
  const checked = planSchema.safeParse(json, withoutWords);
  if (checked.success) return checked.data;
  throw new DeploymentError(problemsOf(json, checked.error.issues).map((problem) => `${file}: ${problem}`));
}
