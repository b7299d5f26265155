import { topology } from 'handoff-lab/experiment';

/** Two members behind one router; the way from the first to the client gets slow half a second after a repetition has begun, and good again. */
export default topology('flapping')
  .addHost('client')
  .addRouter('router')
  .addRouter('gateway')
  .addHost('node1', { sysctls: { 'net.ipv6.conf.all.forwarding': '1' } })
  .addHost('node2', { sysctls: { 'net.ipv6.conf.all.forwarding': '1' } })
  .addLink('client', 'router', {
    prefix: '2001:db8:c::/64',
    addresses: ['2001:db8:c::2', '2001:db8:c::1'],
    delayMs: 20,
  })
  .addLink('gateway', 'router', {
    prefix: '2001:db8:f::/64',
    addresses: ['2001:db8:f::2', '2001:db8:f::1'],
    aToB: {
      rateKbit: 8000,
      at: [
        { ms: 500, rateKbit: 500, delayMs: 30 },
        { ms: 2000, rateKbit: 8000, delayMs: 0 },
      ],
    },
  })
  .addLink('gateway', 'node1', { prefix: '2001:db8:1::/64', addresses: ['2001:db8:1::1', '2001:db8:1::2'] })
  .addLink('router', 'node2', { prefix: '2001:db8:2::/64', addresses: ['2001:db8:2::1', '2001:db8:2::2'] })
  .nameAddresses({
    client: '2001:db8:c::2',
    homeAgent1: '2001:db8:1::1',
    contactAddress: '2001:db8:1::100',
    node1: '2001:db8:1::2',
    node2: '2001:db8:2::2',
  })
  .build();
