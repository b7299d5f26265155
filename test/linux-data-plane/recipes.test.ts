import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { concat } from '../../linux/netlink/attributes.ts';
import { emitMessage, type NetlinkRequest, parseMessages } from '../../linux/netlink/message.ts';
import { changeSet } from '../../linux/netlink/nf-set-elements.ts';
import { removeTable, replaceTable } from '../../linux/netlink/nf-tables.ts';
import { describe, identity } from '../../linux/objects/objects.ts';
import type { KernelObject } from '../../linux/objects/types.ts';
import type { HomeAssociations, SecurityAssociation } from '../../linux/recipes/associations.ts';
import {
  correspondentBase,
  correspondentBinding,
  mobileBindingActive,
  mobileBindingPending,
} from '../../linux/recipes/correspondent.ts';
import { homeAgentBase, homeAgentBinding } from '../../linux/recipes/home-agent.ts';
import { FIRST_GATE_QUEUE, gateKey, gateTable, inputGate } from '../../linux/recipes/input-gate.ts';
import { acceptorRouting, contactNode, memberBase, memberTunnel } from '../../linux/recipes/member.ts';
import { memberFirewall, memberTable } from '../../linux/recipes/member-firewall.ts';
import { perFlowForwarding } from '../../linux/recipes/per-flow.ts';
import { ipv6 } from '../../mip6/wire/address.ts';

interface Golden {
  readonly script: string;
  readonly messages: readonly object[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('golden/nft-messages.json', import.meta.url), 'utf8'));

const gate: Golden & { readonly add: Golden; readonly remove: Golden } = JSON.parse(
  readFileSync(new URL('golden/nft-gate-messages.json', import.meta.url), 'utf8'),
);

const NAMES = { H: '2001:db8:1::100', A: '2001:db8:1::1', C: '2001:db8:1::2', CN: '2001:db8:c::2' } as const;
const homeAddress = ipv6(NAMES.H);
const homeAgent = ipv6(NAMES.A);
const careOfAddress = ipv6(NAMES.C);
const correspondent = ipv6(NAMES.CN);
const ends = { correspondent, homeAddress, careOfAddress };
const associations: HomeAssociations = {
  bindingUpdates: association(1),
  bindingAcknowledgements: association(2),
  tunnelOut: association(3),
  tunnelIn: association(4),
};

function association(number: number): SecurityAssociation {
  return {
    spi: 0x1000 + number,
    requestId: number,
    encryptionKey: new Uint8Array(16).fill(number),
    authenticationKey: new Uint8Array(20).fill(number),
  };
}

/** The objects as `ip` commands with the addresses' short names, the unchanging words of ESP states left out. */
function words(objects: readonly KernelObject[]): string[] {
  return objects.map((object) => {
    let line = describe(object).replace(' replay-window 32 enc cbc(aes) … auth hmac(sha1) …', '');
    for (const [name, address] of Object.entries(NAMES)) {
      line = line.replaceAll(new RegExp(`${address}(/128)?(?=[ ]|$)`, 'g'), name);
    }
    return line;
  });
}
const HOME_REGISTRATION_STATES = [
  'xfrm state src H dst A proto esp spi 0x1001 reqid 1 mode transport sel src H dst A proto 135',
  'xfrm state src A dst H proto esp spi 0x1002 reqid 2 mode transport sel src A dst H proto 135',
];
const TUNNEL_STATES = [
  'xfrm state src C dst A proto esp spi 0x1003 reqid 3 mode tunnel',
  'xfrm state src A dst C proto esp spi 0x1004 reqid 4 mode tunnel',
];
const UPDATE_STATE_AND_POLICY = [
  'xfrm state src H dst A proto hao mode ro coa C sel src H dst A',
  'xfrm policy dir out src H dst A proto 135 type 5 ptype sub priority 2 tmpl src H dst A proto hao reqid 0 mode ro level use',
];
const HOME_TUNNEL = [
  'tunnel tha mode ip6ip6 local C remote A encaplimit none',
  'route ::/0 dev tha table 100',
  'rule pref 1000 from H lookup 100',
];

test('memberBase', () => {
  assert.deepEqual(words(memberBase({ homeAddress })), [
    'addr H dev lo home nodad',
    'xfrm state src :: dst :: proto route2 mode ro coa :: flag wildrecv sel src ::/0 dst ::/0',
    'xfrm policy dir in src ::/0 dst ::/0 ptype sub priority 19 tmpl src :: dst :: proto route2 reqid 0 mode ro level use',
    'xfrm policy dir out src H dst ::/0 proto 135 ptype sub priority 9',
  ]);
});

test('contactNode with ESP', () => {
  const objects = contactNode({ homeAddress, homeAgent, careOfAddress, tunnelName: 'tha', associations });
  assert.deepEqual(words(objects), [
    ...HOME_REGISTRATION_STATES,
    'xfrm policy dir out src H dst A proto 135 type 5 ptype main priority 2 tmpl src :: dst :: proto esp reqid 1 mode transport level required',
    'xfrm policy dir in src A dst H proto 135 type 6 ptype main priority 2 tmpl src :: dst :: proto esp reqid 2 mode transport level required',
    'xfrm policy dir in src A dst H proto 135 ptype main priority 3 tmpl src :: dst :: proto esp reqid 2 mode transport level required',
    ...UPDATE_STATE_AND_POLICY,
    ...TUNNEL_STATES,
    'xfrm policy dir out src H dst ::/0 proto 135 type 5 ptype main priority 4',
    'xfrm policy dir out src H dst ::/0 proto 135 ptype main priority 10 tmpl src C dst A proto esp reqid 3 mode tunnel level required',
    'xfrm policy dir in src ::/0 dst H proto 135 type 6 ptype main priority 5',
    'xfrm policy dir in src ::/0 dst H proto 135 ptype main priority 10 tmpl src A dst C proto esp reqid 4 mode tunnel level required',
    ...HOME_TUNNEL,
  ]);
});

test('contactNode without ESP', () => {
  const objects = contactNode({ homeAddress, homeAgent, careOfAddress, tunnelName: 'tha' });
  assert.deepEqual(words(objects), [...UPDATE_STATE_AND_POLICY, ...HOME_TUNNEL]);
});

test('homeAgentBase: a correspondent node, and home registration protected', () => {
  assert.deepEqual(homeAgentBase({ homeAddress, homeAgent }), correspondentBase());
  assert.deepEqual(words(homeAgentBase({ homeAddress, homeAgent, associations })), [
    ...words(correspondentBase()),
    ...HOME_REGISTRATION_STATES,
    'xfrm policy dir in src H dst A proto 135 type 5 ptype main priority 2 tmpl src :: dst :: proto esp reqid 1 mode transport level required',
    'xfrm policy dir out src A dst H proto 135 type 6 ptype main priority 2 tmpl src :: dst :: proto esp reqid 2 mode transport level required',
    'xfrm policy dir in src H dst A proto 135 ptype main priority 3 tmpl src :: dst :: proto esp reqid 1 mode transport level required',
  ]);
});

test('homeAgentBinding: tunnel and route, with ESP for Mobility Headers of any type', () => {
  const plain = ['tunnel tm mode ip6ip6 local A remote C encaplimit none', 'route H dev tm table 254'];
  const parameters = { homeAddress, homeAgent, careOfAddress, tunnelName: 'tm' };
  assert.deepEqual(words(homeAgentBinding(parameters)), plain);
  assert.deepEqual(words(homeAgentBinding({ ...parameters, associations })), [
    ...plain,
    ...TUNNEL_STATES,
    'xfrm policy dir fwd src H dst ::/0 proto 135 ptype main priority 10 tmpl src C dst A proto esp reqid 3 mode tunnel level required',
    'xfrm policy dir out src ::/0 dst H proto 135 ptype main priority 10 tmpl src A dst C proto esp reqid 4 mode tunnel level required',
  ]);
});

test('correspondentBase', () => {
  assert.deepEqual(words(correspondentBase()), [
    'xfrm state src :: dst :: proto hao mode ro coa :: flag wildrecv sel src ::/0 dst ::/0',
    'xfrm policy dir in src ::/0 dst ::/0 proto 135 type 5 ptype sub priority 9 tmpl src :: dst :: proto hao reqid 0 mode ro level use',
    'xfrm policy dir out src ::/0 dst ::/0 proto 135 ptype sub priority 12',
    'xfrm policy dir out src ::/0 dst ::/0 proto 58 type 135 ptype sub priority 12',
    'xfrm policy dir out src ::/0 dst ::/0 proto 58 type 136 ptype sub priority 3',
  ]);
});

test('correspondentBinding', () => {
  assert.deepEqual(words(correspondentBinding(ends)), [
    'xfrm state src CN dst H proto route2 mode ro coa C sel src CN dst H',
    'xfrm state src H dst CN proto hao mode ro coa C sel src H dst CN',
    'xfrm policy dir out src CN dst H ptype sub priority 16 tmpl src :: dst :: proto route2 reqid 0 mode ro level use',
    'xfrm policy dir in src H dst CN ptype sub priority 16 tmpl src H dst CN proto hao reqid 0 mode ro level use',
  ]);
});

test('mobileBindingActive adds two policies to mobileBindingPending', () => {
  const pending = [
    'xfrm state src H dst CN proto hao mode ro coa C sel src H dst CN',
    'xfrm policy dir out src H dst CN proto 135 type 5 ptype sub priority 8 tmpl src H dst CN proto hao reqid 0 mode ro level use',
  ];
  assert.deepEqual(words(mobileBindingPending(ends)), pending);
  assert.deepEqual(words(mobileBindingActive(ends)), [
    ...pending,
    'xfrm policy dir out src H dst CN ptype sub priority 15 tmpl src H dst CN proto hao reqid 0 mode ro level use',
    'xfrm policy dir in src CN dst H ptype sub priority 15 tmpl src :: dst :: proto route2 reqid 0 mode ro level use',
  ]);
});

test('member tunnel, acceptor routing and one flow', () => {
  const remote = ipv6('2001:db8:2::2');
  assert.deepEqual(words(memberTunnel({ name: 'tmem', local: careOfAddress, remote })), [
    'tunnel tmem mode ip6ip6 local C remote 2001:db8:2::2 encaplimit none',
  ]);
  assert.deepEqual(words(acceptorRouting({ homeAddress, tunnelName: 'tmem' })), [
    'route ::/0 dev tmem table 100',
    'rule pref 1000 from H lookup 100',
  ]);
  const flow = {
    client: correspondent,
    clientPort: 40000,
    homeAddress,
    serverPort: 8080,
    homeTunnelName: 'tha',
    memberTunnelName: 'tmem',
    table: 202,
  };
  assert.deepEqual(words(perFlowForwarding(flow)), [
    'rule pref 100 lookup local (and none at pref 0)',
    'route ::/0 dev tmem table 202',
    'rule pref 50 iif tha from CN to H ipproto 6 sport 40000 dport 8080 lookup 202',
  ]);
});

test('no recipe wants one kernel object twice, nor do those that stand together on a node', () => {
  const home = { homeAddress, homeAgent, careOfAddress, tunnelName: 'tha', associations };
  const member = [...memberBase(home), ...contactNode(home), ...mobileBindingActive(ends)];
  const agent = [...homeAgentBase(home), ...homeAgentBinding(home)];
  const client = [...correspondentBase(), ...correspondentBinding(ends)];
  for (const objects of [member, agent, client]) {
    assert.equal(new Set(objects.map(identity)).size, objects.length);
  }
});

test('memberFirewall and its removal are, octet for octet, what nft(8) sends for the rules in words', () => {
  const script = golden.script.replaceAll(/\s+/g, ' ');
  for (const address of [homeAddress, correspondent]) {
    assert.ok(script.includes(`ip6 saddr ${address} tcp flags & rst == rst meta mark != 82 counter drop`));
    assert.ok(script.includes(`ip6 saddr ${address} meta l4proto tcp meta mark == 87 tcp window set 0`));
  }
  assert.match(
    script,
    /^table ip6 handoff_member delete table ip6 handoff_member table ip6 handoff_member \{/,
  );
  assert.match(script, /chain output \{ type filter hook output priority filter; policy accept;/);
  const messages = replaceTable(memberFirewall([homeAddress, correspondent]));
  assert.deepEqual(emitted(messages), golden.messages);
  const [begin, add, remove] = golden.messages;
  assert.deepEqual(emitted(removeTable(memberTable)), [begin, add, remove, golden.messages.at(-1)]);
});

test('inputGate, and a connection that comes and goes, are, octet for octet, what nft(8) sends for the rules in words', () => {
  assert.equal(gateTable(0), 'handoff_gate_0');
  assert.match(gate.script, /tcp flags & fin == fin queue num 18432\n/);
  assert.match(gate.script, /tcp doff 15 ip6 length > 84 queue num 18432\n/);
  // Behind other headers than these two the client’s own address may be another, or stand elsewhere: of those no rule asks for it.
  const others = gate.script.split('\n').filter((line) => /nexthdr.*queue/.test(line));
  assert.deepEqual(
    others.map((line) => line.trim()),
    [
      'ip6 nexthdr != 6 ip6 nexthdr != 43 tcp dport 8080 queue num 18432',
      'ip6 nexthdr 43 @nh,320,8 != 6 tcp dport 8080 queue num 18432',
      'ip6 nexthdr 43 @nh,320,8 6 @nh,336,8 != 2 tcp dport 8080 queue num 18432',
    ],
  );
  const table = inputGate(gateTable(0), FIRST_GATE_QUEUE, { address: homeAddress, port: 8080 });
  assert.deepEqual(emitted(replaceTable(table)), gate.messages);
  const key = gateKey({ address: correspondent, port: 40001 });
  assert.deepEqual(emitted(changeSet('add', gateTable(0), 'connections', key)), gate.add.messages);
  assert.deepEqual(emitted(changeSet('remove', gateTable(0), 'connections', key)), gate.remove.messages);
});

/** Messages as the kernel sees them: type, flags, and the payload behind the header. */
function emitted(messages: readonly NetlinkRequest[]) {
  return parseMessages(concat(messages.map((message) => emitMessage(message, 1)))).map(
    ({ type, flags, payload }) => ({ type, flags, payload: Buffer.from(payload).toString('hex') }),
  );
}
