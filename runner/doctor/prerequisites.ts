/** Something of a kernel that the lab uses. */
interface Prerequisite {
  readonly id: string;
  readonly purpose: string;
  /** what brings it, in words: a kernel option, or a release */
  readonly needs: string;
  /** a line of bash that uses it, in a network namespace of its own with `lo` up; fails if it is not there */
  readonly attempt: string;
  /** without it all else works: what lacks it is a note */
  readonly optional?: true;
}

const ESP = `enc 'cbc(aes)' 0x${'0'.repeat(32)} auth 'hmac(sha1)' 0x${'0'.repeat(40)}`;

/** All else works without it. */
export function isOptional(id: string): boolean {
  return prerequisites.find((one) => one.id === id)?.optional === true;
}

/** In the order in which they are tried; each leaves `lo` as it found it. */
export const prerequisites: readonly Prerequisite[] = [
  {
    id: 'veth',
    purpose: 'links',
    needs: 'kernel option VETH',
    attempt: 'ip link add probe0 type veth peer probe1',
  },
  {
    id: 'netem',
    purpose: 'latency, jitter and loss',
    needs: 'kernel option NET_SCH_NETEM',
    attempt: 'through_lo netem delay 10ms && [ "$round_trip_ms" -ge 20 ]',
  },
  {
    id: 'tbf',
    purpose: 'rate limits',
    needs: 'kernel option NET_SCH_TBF',
    attempt: 'through_lo tbf rate 1mbit burst 10000 limit 100000',
  },
  {
    id: 'flower',
    purpose: 'latency per pair of sites',
    needs: 'kernel option NET_SCH_PRIO, NET_CLS_FLOWER',
    attempt:
      'tc qdisc add dev lo root handle 2: prio && tc filter add dev lo parent 2: protocol all pref 1 flower indev lo classid 2:1 && tc qdisc del dev lo root',
  },
  {
    id: 'ip6tnl',
    purpose: 'tunnels between home agent and member',
    needs: 'kernel option IPV6_TUNNEL',
    attempt: 'ip link add probe2 type ip6tnl local ::1 remote 2001:db8::1',
  },
  {
    id: 'xfrm-mobility',
    purpose: 'route optimisation: Home Address option, type 2 routing header',
    needs: 'kernel option IPV6_MIP6, XFRM_SUB_POLICY',
    attempt:
      'ip xfrm state add src :: dst :: proto hao mode ro coa :: flag wildrecv sel src ::/0 dst ::/0 && ip xfrm state add src :: dst :: proto route2 mode ro coa :: flag wildrecv sel src ::/0 dst ::/0 && ip xfrm policy add dir out src ::/0 dst ::/0 proto 135 ptype sub priority 12',
  },
  {
    id: 'xfrm-types',
    purpose: 'Mobility Header types in xfrm policies, for home registration',
    needs: 'Linux before 6.7',
    // It shows only in a whole home registration; Linux 6.7 gave the look-up of policies other code.
    attempt:
      'IFS=. read -r major minor _ <<<"$(uname -r)"; (( major < 6 || major == 6 && minor < 7 )) || { echo "Linux $(uname -r)"; false; }',
  },
  {
    id: 'esp6',
    purpose: 'protected home registration',
    needs: 'kernel option INET6_ESP, CRYPTO_AES, CRYPTO_CBC, CRYPTO_SHA1',
    attempt: `ip xfrm state add src 2001:db8::1 dst 2001:db8::2 proto esp spi 0x1001 reqid 1 mode transport ${ESP}`,
  },
  {
    id: 'mobility-header',
    purpose: 'raw sockets for the Mobility Header (protocol 135)',
    needs: 'kernel option IPV6',
    attempt: 'socket_probe mobility-header',
  },
  {
    id: 'tcp-repair',
    purpose: 'moving a TCP socket',
    needs: 'kernel option INET',
    attempt: 'socket_probe tcp-repair',
  },
  {
    id: 'live-snapshot',
    purpose:
      'checkpoints of live connections, which outlive their member (TCP_REPAIR of a socket that goes on)',
    needs: 'kernel option INET; Linux 4.19 or later (TCP_REPAIR_OFF_NO_WP)',
    attempt: 'socket_probe live-snapshot',
  },
  {
    id: 'socket-filter',
    purpose: 'freezing a TCP socket (SO_ATTACH_FILTER)',
    needs: 'kernel option NET',
    attempt: 'socket_probe socket-filter',
  },
  {
    id: 'window-clamp',
    purpose: 'a window that the client bounds (TCP_WINDOW_CLAMP), on which the time of Prepare depends',
    needs: 'Linux before 6.7',
    attempt: 'socket_probe window-clamp',
  },
  {
    id: 'packet',
    purpose: 'captures (AF_PACKET)',
    needs: 'kernel option PACKET',
    attempt: 'socket_probe packet',
  },
  {
    id: 'nft',
    purpose: 'members’ firewall, per-flow rules',
    needs: 'kernel option NF_TABLES, NF_TABLES_IPV6',
    attempt:
      "nft 'add table ip6 probe; add chain ip6 probe out { type filter hook output priority 0; }; add rule ip6 probe out tcp flags rst counter drop; delete table ip6 probe'",
  },
  {
    id: 'packet-queue',
    purpose: 'input that is held back until another member has it (`input: gated`)',
    needs: 'kernel option NFT_QUEUE, NETFILTER_NETLINK_QUEUE',
    attempt:
      "nft 'add table ip6 probe; add chain ip6 probe in { type filter hook input priority 0; }; add rule ip6 probe in tcp dport 1 queue num 1; delete table ip6 probe' && socket_probe packet-queue",
    optional: true,
  },
  {
    id: 'policy-rules',
    purpose: 'per-flow routes',
    needs: 'kernel option IPV6_MULTIPLE_TABLES',
    attempt: 'ip -6 rule add pref 1000 from 2001:db8::1 ipproto tcp sport 1 dport 2 lookup 100',
  },
];
