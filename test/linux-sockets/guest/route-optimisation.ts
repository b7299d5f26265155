import { ip } from './network.ts';
import { CLIENT, HOME_ADDRESS } from './tcp-network.ts';

const H = HOME_ADDRESS;
const CN = CLIENT;

/** The kernel's part of route optimisation between client and `member`, as signalling would have set it up (RFC 6275 §8.2, §8.5). */
export function optimiseRoutes(careOfAddresses: { readonly donor: string; readonly acceptor: string }): void {
  xfrm('client', 'state add src :: dst :: proto hao mode ro coa :: flag wildrecv sel src ::/0 dst ::/0');
  for (const member of ['donor', 'acceptor'] as const) {
    const coa = careOfAddresses[member];
    xfrm(member, 'state add src :: dst :: proto route2 mode ro coa :: flag wildrecv sel src ::/0 dst ::/0');
    xfrm(member, `state add src ${H} dst ${CN} proto hao mode ro coa ${coa} sel src ${H} dst ${CN}`);
    xfrm(
      member,
      `policy add dir out src ${H} dst ${CN} ptype sub priority 15 tmpl src ${H} dst ${CN} proto hao mode ro level use`,
    );
    xfrm(
      member,
      `policy add dir in src ${CN} dst ${H} ptype sub priority 15 tmpl src :: dst :: proto route2 mode ro level use`,
    );
  }
  bindClient('add', careOfAddresses.donor);
}

/** The client's binding: the address the home address is at. A change needs all four, or cached routes stay. */
export function bindClient(verb: 'add' | 'update', careOfAddress: string): void {
  xfrm(
    'client',
    `state ${verb} src ${CN} dst ${H} proto route2 mode ro coa ${careOfAddress} sel src ${CN} dst ${H}`,
  );
  xfrm(
    'client',
    `state ${verb} src ${H} dst ${CN} proto hao mode ro coa ${careOfAddress} sel src ${H} dst ${CN}`,
  );
  xfrm(
    'client',
    `policy ${verb} dir out src ${CN} dst ${H} ptype sub priority 16 tmpl src :: dst :: proto route2 mode ro level use`,
  );
  xfrm(
    'client',
    `policy ${verb} dir in src ${H} dst ${CN} ptype sub priority 16 tmpl src ${H} dst ${CN} proto hao mode ro level use`,
  );
}

function xfrm(node: string, words: string): void {
  ip(node, `xfrm ${words}`);
}
