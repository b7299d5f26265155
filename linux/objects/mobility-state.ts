import { ipv6FromBytes, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { attribute, parseAttributes } from '../netlink/attributes.ts';
import { emitStruct, parseStruct } from '../netlink/layout.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { NamedRequest } from '../netlink/socket.ts';
import { byMessage, ipVerb, type ObjectAdapter, type Verb } from './adapter.ts';
import { AF_INET6 } from './route-family.ts';
import type { MobilityStateObject } from './types.ts';
import {
  ATTRIBUTE,
  describeSelector,
  emitSelector,
  emitStateId,
  endlessLifetime,
  MODE_NUMBERS,
  nameOf,
  PROTOCOL_NUMBERS,
  parseSelector,
  protocolWord,
  STATE,
  STATE_LIFETIME_AT,
} from './xfrm-layouts.ts';
import { DELETE_STATE, GET_STATE, NEW_STATE, UPDATE_STATE } from './xfrm-messages.ts';

const WILDCARD = 8;

/** XFRM_MSG_NEWSA or XFRM_MSG_UPDSA; the update changes the care-of address only, which is all that ever changes. */
export function mobilityStateRequest(object: MobilityStateObject, type: number): NetlinkRequest {
  const body = emitStruct(STATE, {
    destination: object.destination,
    source: object.source,
    protocol: PROTOCOL_NUMBERS[object.protocol],
    family: AF_INET6,
    mode: MODE_NUMBERS['route-optimization'],
    flags: object.wildcard ? WILDCARD : 0,
  });
  body.set(emitSelector(object.selector));
  body.set(endlessLifetime(), STATE_LIFETIME_AT);
  return {
    type,
    flags: 0,
    body,
    attributes: [attribute(ATTRIBUTE.careOfAddress, ipv6ToBytes(object.careOfAddress))],
  };
}

/** XFRM_MSG_DELSA by source, destination and protocol. */
export function deleteMobilityStateRequest({
  source,
  destination,
  protocol,
}: MobilityStateObject): NetlinkRequest {
  return {
    type: DELETE_STATE,
    flags: 0,
    body: emitStateId(destination, protocol, 0),
    attributes: [attribute(ATTRIBUTE.source, ipv6ToBytes(source))],
  };
}

export const mobilityStateAdapter: ObjectAdapter<MobilityStateObject> = {
  identity: ({ source, destination, protocol }) =>
    `src ${source} dst ${destination} proto ${protocolWord(protocol)}`,
  describe: (object) =>
    `xfrm state ${mobilityStateAdapter.identity(object)} mode ro coa ${object.careOfAddress}` +
    `${object.wildcard ? ' flag wildrecv' : ''} sel ${describeSelector(object.selector)}`,
  canonical: (object) => ({ ...object, wildcard: object.wildcard ?? false }),
  ...byMessage(stateMessage),
  list: (kernel) =>
    kernel.xfrm
      .dump({ type: GET_STATE, body: new Uint8Array() }, 'ip xfrm state list')
      .flatMap(({ payload }) => parseState(payload)),
};

function stateMessage(verb: Verb, object: MobilityStateObject): NamedRequest {
  const request =
    verb === 'remove'
      ? deleteMobilityStateRequest(object)
      : mobilityStateRequest(object, verb === 'add' ? NEW_STATE : UPDATE_STATE);
  return {
    request,
    what: `ip ${mobilityStateAdapter.describe(object).replace('state', `state ${ipVerb(verb)}`)}`,
  };
}

function parseState(payload: Uint8Array): MobilityStateObject[] {
  const { source, destination, protocol: protocolNumber, flags } = parseStruct(STATE, payload);
  const protocol = nameOf(PROTOCOL_NUMBERS, protocolNumber);
  const careOf = parseAttributes(payload.subarray(STATE.size)).get(ATTRIBUTE.careOfAddress);
  if (protocol === undefined || protocol === 'esp' || careOf === undefined) return [];
  return [
    {
      kind: 'mobility-state',
      protocol,
      source,
      destination,
      careOfAddress: ipv6FromBytes(careOf),
      wildcard: (flags & WILDCARD) !== 0,
      selector: parseSelector(payload),
    },
  ];
}
