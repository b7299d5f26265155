import { formatPrefix, ipv6FromBytes, ipv6ToBytes } from '../../mip6/wire/address.ts';
import {
  attribute,
  parseAttributes,
  readText,
  readU32,
  textAttribute,
  u8Attribute,
  u32Attribute,
} from '../netlink/attributes.ts';
import { emitStruct, layout, parseStruct } from '../netlink/layout.ts';
import { CREATE, EXCLUSIVE, type NetlinkRequest } from '../netlink/message.ts';
import type { KernelConnection, ObjectAdapter } from './adapter.ts';
import { AF_INET6, LOCAL_TABLE } from './route-family.ts';
import type { LocalRuleObject, RuleObject } from './types.ts';

const NEW_RULE = 32;
const DELETE_RULE = 33;
const GET = 34;
const BODY = layout('fib_rule_hdr', 12, {
  family: [0, 'u8'],
  destinationLength: [1, 'u8'],
  sourceLength: [2, 'u8'],
  table: [4, 'u8'],
  action: [7, 'u8'],
});
const ATTRIBUTE = {
  destination: 1,
  source: 2,
  incoming: 3,
  priority: 6,
  mark: 10,
  table: 15,
  protocol: 22,
  sourcePorts: 23,
  destinationPorts: 24,
} as const;
const PORTS = layout('fib_rule_port_range', 4, { first: [0, 'u16'], last: [2, 'u16'] });
const TO_TABLE = 1;

/** RTM_NEWRULE or RTM_DELRULE. */
export function ruleRequest(object: RuleObject, type: number, flags: number): NetlinkRequest {
  const { preference, from, to, incomingDevice, mark, protocol, sourcePort, destinationPort, table } = object;
  const attributes = [u32Attribute(ATTRIBUTE.priority, preference)];
  if (incomingDevice !== undefined) attributes.push(textAttribute(ATTRIBUTE.incoming, incomingDevice));
  if (from !== undefined) attributes.push(attribute(ATTRIBUTE.source, ipv6ToBytes(from.address)));
  if (to !== undefined) attributes.push(attribute(ATTRIBUTE.destination, ipv6ToBytes(to.address)));
  if (mark !== undefined) attributes.push(u32Attribute(ATTRIBUTE.mark, mark));
  if (protocol !== undefined) attributes.push(u8Attribute(ATTRIBUTE.protocol, protocol));
  if (sourcePort !== undefined) attributes.push(attribute(ATTRIBUTE.sourcePorts, portRange(sourcePort)));
  if (destinationPort !== undefined)
    attributes.push(attribute(ATTRIBUTE.destinationPorts, portRange(destinationPort)));
  if (table > 255) attributes.push(u32Attribute(ATTRIBUTE.table, table));
  const body = emitStruct(BODY, {
    family: AF_INET6,
    destinationLength: to?.length ?? 0,
    sourceLength: from?.length ?? 0,
    table: table > 255 ? 0 : table,
    action: type === NEW_RULE ? TO_TABLE : 0,
  });
  return { type, flags, body, attributes };
}

export const ruleAdapter: ObjectAdapter<RuleObject> = {
  // The kernel tells rules apart by all of their fields, so a changed rule is another rule.
  identity: (object) => ruleAdapter.describe(object),
  describe: ({ preference, from, to, incomingDevice, mark, protocol, sourcePort, destinationPort, table }) =>
    [
      `rule pref ${preference}`,
      ...(incomingDevice === undefined ? [] : [`iif ${incomingDevice}`]),
      ...(from === undefined ? [] : [`from ${formatPrefix(from)}`]),
      ...(to === undefined ? [] : [`to ${formatPrefix(to)}`]),
      ...(mark === undefined ? [] : [`fwmark ${mark}`]),
      ...(protocol === undefined ? [] : [`ipproto ${protocol}`]),
      ...(sourcePort === undefined ? [] : [`sport ${sourcePort}`]),
      ...(destinationPort === undefined ? [] : [`dport ${destinationPort}`]),
      `lookup ${table}`,
    ].join(' '),
  canonical: (object) => object,
  add(object, kernel) {
    const request = ruleRequest(object, NEW_RULE, CREATE | EXCLUSIVE);
    kernel.route.request(request, `ip -6 add ${ruleAdapter.describe(object)}`);
  },
  update() {
    // Same identity means same rule: nothing can differ.
  },
  remove(object, kernel) {
    kernel.route.request(ruleRequest(object, DELETE_RULE, 0), `ip -6 delete ${ruleAdapter.describe(object)}`);
  },
  list(kernel) {
    const body = emitStruct(BODY, { family: AF_INET6 });
    return kernel.route.dump({ type: GET, body }, 'ip -6 rule show').map(({ payload }) => parseRule(payload));
  },
};

export const localRuleAdapter: ObjectAdapter<LocalRuleObject> = {
  identity: () => 'local',
  describe: ({ preference }) => `rule pref ${preference} lookup local (and none at pref 0)`,
  canonical: (object) => object,
  add: ({ preference }, kernel) => moveLocalRule(0, preference, kernel),
  update: ({ preference }, previous, kernel) => moveLocalRule(previous.preference, preference, kernel),
  remove: ({ preference }, kernel) => moveLocalRule(preference, 0, kernel),
  list(kernel) {
    const bare = (rule: RuleObject) =>
      ruleAdapter.identity(rule) === ruleAdapter.identity(local(rule.preference));
    const rules = ruleAdapter.list(kernel).filter(bare);
    return rules.some((rule) => rule.preference === 0)
      ? []
      : rules.map(({ preference }) => ({ kind: 'local-rule', preference }));
  },
};

/** Adds before it deletes: without any local rule the host would be deaf. */
function moveLocalRule(from: number, to: number, kernel: KernelConnection): void {
  if (from === to) return;
  ruleAdapter.add(local(to), kernel);
  ruleAdapter.remove(local(from), kernel);
}

function local(preference: number): RuleObject {
  return { kind: 'rule', preference, table: LOCAL_TABLE };
}

function portRange(port: number): Uint8Array {
  return emitStruct(PORTS, { first: port, last: port });
}

function parseRule(payload: Uint8Array): RuleObject {
  const { destinationLength, sourceLength, table } = parseStruct(BODY, payload);
  const attributes = parseAttributes(payload.subarray(BODY.size));
  const [from, to] = [attributes.get(ATTRIBUTE.source), attributes.get(ATTRIBUTE.destination)];
  const incoming = readText(attributes.get(ATTRIBUTE.incoming));
  const mark = readU32(attributes.get(ATTRIBUTE.mark));
  const protocol = attributes.get(ATTRIBUTE.protocol)?.[0];
  const [source, destination] = [
    attributes.get(ATTRIBUTE.sourcePorts),
    attributes.get(ATTRIBUTE.destinationPorts),
  ];
  return {
    kind: 'rule',
    preference: readU32(attributes.get(ATTRIBUTE.priority)) ?? 0,
    ...(incoming === undefined ? {} : { incomingDevice: incoming }),
    ...(from === undefined ? {} : { from: { address: ipv6FromBytes(from), length: sourceLength } }),
    ...(to === undefined ? {} : { to: { address: ipv6FromBytes(to), length: destinationLength } }),
    ...(mark ? { mark } : {}),
    ...(protocol === undefined ? {} : { protocol }),
    ...(source === undefined ? {} : { sourcePort: parseStruct(PORTS, source).first }),
    ...(destination === undefined ? {} : { destinationPort: parseStruct(PORTS, destination).first }),
    table: readU32(attributes.get(ATTRIBUTE.table)) ?? table,
  };
}
