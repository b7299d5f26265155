import type { Told } from './ask-program.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a program has said of itself, for people. */
export function describeStatus({ status, trouble }: Told): string {
  const { program, state, careOfAddress, address } = status;
  const own = careOfAddress ?? address;
  const head = `${String(program)}${own === undefined ? '' : ` ${String(own)}`}: ${String(state)}`;
  const lines = [trouble === undefined || trouble === state ? head : `${head}, but ${trouble}`];
  for (const contact of fieldsIn(status.contacts)) lines.push(...contactLines(contact));
  const members = fieldsIn(status.members);
  if (members.length > 0) lines.push('', 'other members', ...members.map(memberLine));
  if (isFields(status.keys))
    lines.push(
      '',
      `keys held: group ${String(status.keys.group)}${status.keys.trust === '' ? '' : `; trust ${String(status.keys.trust)}`}`,
    );
  for (const { homeAddress, careOfAddress: bound, expiresInS } of fieldsIn(status.bindings))
    lines.push(
      `  ${String(homeAddress)}  ${bound === undefined ? 'not bound' : `at ${String(bound)}, for ${String(expiresInS)} s`}`,
    );
  for (const { name, bindings } of fieldsIn(status.hosts))
    lines.push(
      `  ${name === undefined ? '' : `${String(name)}: `}${String(bindings)} ${bindings === 1 ? 'binding' : 'bindings'}`,
    );
  if (status.serial !== undefined) lines.push(`  zone ${String(status.serial)}`);
  return `${lines.join('\n')}\n`;
}

function contactLines(contact: Fields): readonly string[] {
  const { address, contactNode, term, registered, hasBackup, clients, connections, handoffs } = contact;
  const { mobileIpv6 = 0, plain = 0, unknown = 0 } = isFields(clients) ? clients : {};
  const { giving = 0, taking = 0, ended } = isFields(handoffs) ? handoffs : {};
  const counts = isFields(ended)
    ? Object.entries(ended).map(([end, count]) => `${end} ${String(count)}`)
    : [];
  const office =
    registered === undefined
      ? ''
      : `, this member${registered === true ? ', registered' : ', not registered'}${hasBackup === false ? ', without a backup' : ''}`;
  return [
    '',
    `contact address ${String(address)}`,
    `  contact node      ${contactNode === undefined ? 'none known' : String(contactNode)}${term === undefined ? '' : `, term ${String(term)}`}${office}`,
    `  clients           ${String(mobileIpv6)} with Mobile IPv6, ${String(plain)} without, ${String(unknown)} not found out; connections: ${String(connections)}`,
    `  handoffs          ${String(giving)} from here, ${String(taking)} to here under way; ended: ${counts.join(', ')}`,
  ];
}

/** A program's own members are objects; a name server's are addresses. */
function memberLine({ address, channel, keys, trusted }: Fields): string {
  const key = keys === undefined ? '' : `, key ${String(keys)}${trusted === true ? ', trusted' : ''}`;
  return `  ${String(address)}  ${String(channel)}${key}`;
}

function fieldsIn(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
