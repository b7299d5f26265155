import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAttributes } from '../../linux/netlink/attributes.ts';
import { emitMessage, type NetlinkRequest, parseMessages } from '../../linux/netlink/message.ts';
import { addressRequest } from '../../linux/objects/address.ts';
import { espStateRequest, namedEspStateRequest } from '../../linux/objects/esp-state.ts';
import { deleteMobilityStateRequest, mobilityStateRequest } from '../../linux/objects/mobility-state.ts';
import { routeRequest } from '../../linux/objects/route.ts';
import { ruleRequest } from '../../linux/objects/rule.ts';
import { tunnelRequest } from '../../linux/objects/tunnel.ts';
import type { AddressObject, EspStateObject, RouteObject, XfrmTemplate } from '../../linux/objects/types.ts';
import { deletePolicyRequest, policyRequest } from '../../linux/objects/xfrm-policy.ts';
import {
  ANYWHERE,
  between,
  homeAddressOption,
  host,
  mobilityBetween,
  mobilityState,
  policy,
  wildcardState,
} from '../../linux/recipes/parts.ts';
import { ipv6 } from '../../mip6/wire/address.ts';

/**
 * What iproute2 6.1 itself sends for a command, captured with `strace -xx -e trace=sendmsg`: type, flags and the
 * payload behind the netlink header. Our requests must be the same octets.
 */
interface Golden {
  readonly command: string;
  readonly type: number;
  readonly flags: number;
  readonly payload: string;
}
const golden: Record<string, Golden> = JSON.parse(
  readFileSync(new URL('golden/ip-requests.json', import.meta.url), 'utf8'),
);

const REQUEST_AND_ACK = 0x5;
const ADD = 0x600;
const LOOPBACK_INDEX = 1;
const H = ipv6('2001:db8:1::100');
const A = ipv6('2001:db8:1::1');
const C = ipv6('2001:db8:1::2');
const CN = ipv6('2001:db8:c::2');
const encryptionKey = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const authenticationKey = Buffer.from('000102030405060708090a0b0c0d0e0f10111213', 'hex');

const address: AddressObject = {
  kind: 'address',
  address: H,
  device: 'lo',
  homeAddress: true,
  skipDuplicateDetection: true,
};
const defaultRoute: RouteObject = { kind: 'route', destination: ANYWHERE, device: 'lo', table: 100 };
const viaRoute: RouteObject = {
  kind: 'route',
  destination: host(H),
  via: A,
  device: 'lo',
  initialCongestionWindow: 40,
};
const transport: EspStateObject = {
  kind: 'esp-state',
  source: H,
  destination: A,
  mode: 'transport',
  spi: 0x1001,
  requestId: 1,
  encryptionKey,
  authenticationKey,
  selector: mobilityBetween(H, A),
};
const tunnelled: EspStateObject = {
  kind: 'esp-state',
  source: C,
  destination: A,
  mode: 'tunnel',
  spi: 0x1003,
  requestId: 3,
  encryptionKey,
  authenticationKey,
  replay: { inbound: 9, outbound: 7, bitmap: 0 },
};
const transportTemplate: XfrmTemplate = {
  protocol: 'esp',
  mode: 'transport',
  requestId: 1,
  level: 'required',
};
const tunnelTemplate: XfrmTemplate = {
  protocol: 'esp',
  mode: 'tunnel',
  requestId: 3,
  source: C,
  destination: A,
  level: 'required',
};
const optimised = policy('in', 'sub', 16, between(H, CN), homeAddressOption(H, CN));
const solicitations = policy('out', 'sub', 12, between(undefined, undefined, 58, 135));

const requests: Record<string, NetlinkRequest> = {
  'address add': addressRequest(address, LOOPBACK_INDEX, 20, ADD),
  'route add': routeRequest(defaultRoute, LOOPBACK_INDEX, 24, ADD),
  'route via': routeRequest(viaRoute, LOOPBACK_INDEX, 24, ADD),
  'route delete': routeRequest(defaultRoute, LOOPBACK_INDEX, 25, 0),
  'rule add': ruleRequest(
    {
      kind: 'rule',
      preference: 50,
      incomingDevice: 'tha',
      from: host(CN),
      to: host(H),
      protocol: 6,
      sourcePort: 4000,
      destinationPort: 8080,
      table: 202,
    },
    32,
    ADD,
  ),
  'rule mark': ruleRequest({ kind: 'rule', preference: 50, mark: 2, table: 202 }, 32, ADD),
  'rule delete': ruleRequest({ kind: 'rule', preference: 1000, from: host(H), table: 100 }, 33, 0),
  'wildcard state add': mobilityStateRequest(wildcardState('routing-header-2'), 0x10),
  'hao state add': mobilityStateRequest(mobilityState('home-address-option', H, CN, C), 0x10),
  'hao state update': mobilityStateRequest(mobilityState('home-address-option', H, CN, C), 0x1a),
  'hao state delete': deleteMobilityStateRequest(mobilityState('home-address-option', H, CN, C)),
  'esp transport add': espStateRequest(transport),
  'esp tunnel add': espStateRequest(tunnelled),
  'esp delete': namedEspStateRequest(tunnelled, 0x11),
  'policy with selector type': policyRequest(
    policy('out', 'main', 2, mobilityBetween(H, A, 5), transportTemplate),
    0x13,
  ),
  'policy tunnel': policyRequest(
    policy('fwd', 'main', 10, mobilityBetween(H, undefined), tunnelTemplate),
    0x13,
  ),
  'policy sub': policyRequest(optimised, 0x13),
  'policy update': policyRequest(optimised, 0x19),
  'policy bypass': policyRequest(solicitations, 0x13),
  'policy delete': deletePolicyRequest(solicitations),
};

for (const [name, request] of Object.entries(requests)) {
  test(`${name}: the octets that ip sends`, () => {
    const wanted = golden[name];
    assert.ok(wanted, `golden/ip-requests.json has no "${name}"`);
    const [message, ...more] = parseMessages(emitMessage({ ...request, flags: request.flags | 4 }, 1));
    assert.equal(more.length, 0);
    assert.equal(message?.type, wanted.type);
    assert.equal(message?.flags, REQUEST_AND_ACK | request.flags);
    assert.equal(Buffer.from(message?.payload ?? []).toString('hex'), wanted.payload, wanted.command);
  });
}

test('tunnel add: the attributes that ip sends, in any order, and no others', () => {
  const request = tunnelRequest({ kind: 'tunnel', name: 'tha', local: C, remote: A }, ADD);
  const ours = tunnelParts(parseMessages(emitMessage(request, 1))[0]!.payload);
  const theirs = tunnelParts(Buffer.from(golden['tunnel add']!.payload, 'hex'));
  assert.deepEqual(ours, theirs);
});

const UDP_ENCAPSULATION_FLAGS = 'parameter 16';

/** Name, kind and all tunnel parameters that are not zero, as hex; without those of UDP encapsulation, which is not used. */
function tunnelParts(payload: Uint8Array): Record<string, string> {
  const LINK_BODY = 16;
  const link = parseAttributes(payload.subarray(LINK_BODY));
  const info = parseAttributes(link.get(18) ?? new Uint8Array());
  const data = parseAttributes(info.get(2) ?? new Uint8Array());
  const parts: [string, Uint8Array | undefined][] = [
    ['name', link.get(3)],
    ['kind', info.get(1)],
    ...[...data].map(([type, value]): [string, Uint8Array] => [`parameter ${type}`, value]),
  ];
  const hex = parts.map(([name, value]): [string, string] => [
    name,
    Buffer.from(value ?? []).toString('hex'),
  ]);
  return Object.fromEntries(
    hex.filter(([name, value]) => /[1-9a-f]/.test(value) && name !== UDP_ENCAPSULATION_FLAGS).sort(),
  );
}
