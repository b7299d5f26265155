import { UNSPECIFIED } from '../../mip6/wire/address.ts';
import { attribute, concat, parseAttributes } from '../netlink/attributes.ts';
import { emitStruct, parseStruct } from '../netlink/layout.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { NamedRequest } from '../netlink/socket.ts';
import { byMessage, ipVerb, type ObjectAdapter, type Verb } from './adapter.ts';
import { AF_INET6 } from './route-family.ts';
import type { XfrmPolicyObject, XfrmTemplate } from './types.ts';
import {
  ATTRIBUTE,
  describeSelector,
  emitSelector,
  endlessLifetime,
  MODE_NUMBERS,
  modeWord,
  nameOf,
  POLICY,
  POLICY_ID,
  POLICY_LIFETIME_AT,
  POLICY_TYPE,
  PROTOCOL_NUMBERS,
  parseSelector,
  protocolWord,
  TEMPLATE,
} from './xfrm-layouts.ts';
import { DELETE_POLICY, GET_POLICY, NEW_POLICY, UPDATE_POLICY } from './xfrm-messages.ts';

const DIRECTIONS = { in: 0, out: 1, fwd: 2 } as const;
const LISTS = { main: 0, sub: 1 } as const;
const ALL_ALGORITHMS = 0xffffffff;

/** XFRM_MSG_NEWPOLICY or XFRM_MSG_UPDPOLICY. */
export function policyRequest(object: XfrmPolicyObject, type: number): NetlinkRequest {
  const body = emitStruct(POLICY, { priority: object.priority, direction: DIRECTIONS[object.direction] });
  body.set(emitSelector(object.selector));
  body.set(endlessLifetime(), POLICY_LIFETIME_AT);
  const attributes = [listAttribute(object)];
  if (object.templates.length > 0) {
    attributes.push(attribute(ATTRIBUTE.templates, concat(object.templates.map(emitTemplate))));
  }
  return { type, flags: 0, body, attributes };
}

/** XFRM_MSG_DELPOLICY: the kernel finds it by list, direction and selector, not by priority. */
export function deletePolicyRequest(object: XfrmPolicyObject): NetlinkRequest {
  const body = emitStruct(POLICY_ID, { direction: DIRECTIONS[object.direction] });
  body.set(emitSelector(object.selector));
  return { type: DELETE_POLICY, flags: 0, body, attributes: [listAttribute(object)] };
}

export const policyAdapter: ObjectAdapter<XfrmPolicyObject> = {
  identity: ({ direction, list, selector }) => `dir ${direction} ${describeSelector(selector)} ptype ${list}`,
  describe: (object) =>
    [
      `xfrm policy ${policyAdapter.identity(object)} priority ${object.priority}`,
      ...object.templates.map((template) => {
        const { source, destination, protocol, requestId = 0, mode, level } = canonicalTemplate(template);
        return `tmpl src ${source} dst ${destination} proto ${protocolWord(protocol)} reqid ${requestId} mode ${modeWord(mode)} level ${level}`;
      }),
    ].join(' '),
  canonical: (object) => ({ ...object, templates: object.templates.map(canonicalTemplate) }),
  ...byMessage(policyMessage),
  list: (kernel) =>
    kernel.xfrm
      .dump({ type: GET_POLICY, body: new Uint8Array() }, 'ip xfrm policy list')
      .flatMap(({ payload }) => parsePolicy(payload)),
};

function policyMessage(verb: Verb, object: XfrmPolicyObject): NamedRequest {
  const request =
    verb === 'remove'
      ? deletePolicyRequest(object)
      : policyRequest(object, verb === 'add' ? NEW_POLICY : UPDATE_POLICY);
  return {
    request,
    what: `ip ${policyAdapter.describe(object).replace('policy', `policy ${ipVerb(verb)}`)}`,
  };
}

function listAttribute({ list }: XfrmPolicyObject): Uint8Array {
  return attribute(ATTRIBUTE.policyType, emitStruct(POLICY_TYPE, { type: LISTS[list] }));
}

function emitTemplate(template: XfrmTemplate): Uint8Array {
  return emitStruct(TEMPLATE, {
    destination: template.destination ?? UNSPECIFIED,
    source: template.source ?? UNSPECIFIED,
    family: AF_INET6,
    protocol: PROTOCOL_NUMBERS[template.protocol],
    requestId: template.requestId ?? 0,
    mode: MODE_NUMBERS[template.mode],
    optional: template.level === 'use' ? 1 : 0,
    authenticationAlgorithms: ALL_ALGORITHMS,
    encryptionAlgorithms: ALL_ALGORITHMS,
    compressionAlgorithms: ALL_ALGORITHMS,
  });
}

function canonicalTemplate(template: XfrmTemplate): XfrmTemplate {
  return {
    ...template,
    source: template.source ?? UNSPECIFIED,
    destination: template.destination ?? UNSPECIFIED,
    requestId: template.requestId ?? 0,
  };
}

function parsePolicy(payload: Uint8Array): XfrmPolicyObject[] {
  const { priority, direction: directionNumber } = parseStruct(POLICY, payload);
  const attributes = parseAttributes(payload.subarray(POLICY.size));
  const direction = nameOf(DIRECTIONS, directionNumber);
  const kind = attributes.get(ATTRIBUTE.policyType);
  const list = nameOf(LISTS, kind === undefined ? LISTS.main : parseStruct(POLICY_TYPE, kind).type);
  // Directions above 2 are policies of single sockets, none of ours.
  if (direction === undefined || list === undefined) return [];
  const templates = parseTemplates(attributes.get(ATTRIBUTE.templates) ?? new Uint8Array());
  return [{ kind: 'xfrm-policy', direction, list, priority, selector: parseSelector(payload), templates }];
}

function parseTemplates(octets: Uint8Array): XfrmTemplate[] {
  const templates: XfrmTemplate[] = [];
  for (let at = 0; at < octets.length; at += TEMPLATE.size) {
    const raw = parseStruct(TEMPLATE, octets.subarray(at));
    const protocol = nameOf(PROTOCOL_NUMBERS, raw.protocol);
    const mode = nameOf(MODE_NUMBERS, raw.mode);
    if (protocol === undefined || mode === undefined) continue;
    const { source, destination, requestId, optional } = raw;
    templates.push({
      protocol,
      mode,
      source,
      destination,
      requestId,
      level: optional === 0 ? 'required' : 'use',
    });
  }
  return templates;
}
