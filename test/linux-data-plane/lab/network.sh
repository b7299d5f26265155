# Fig. 9's network without delays and rates: client - router - ha1 - node1, router - ha2 - node2,
# and a second link client - router.
# Run in the lab's first namespace, from the job folder.
set -e
for n in client router ha1 ha2 node1 node2; do
  ip netns add $n
  ip -n $n link set lo up
  ip netns exec $n sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.forwarding=1 \
    net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
done
link() { # node interface address node interface address
  ip link add $2 netns $1 type veth peer name $5 netns $4
  ip -n $1 addr add $3/64 dev $2 nodad
  ip -n $4 addr add $6/64 dev $5 nodad
  ip -n $1 link set $2 up
  ip -n $4 link set $5 up
}
link client client-eth0 2001:db8:c::2 router router-eth0 2001:db8:c::1
link router router-eth1 2001:db8:f1::1 ha1 ha1-eth0 2001:db8:f1::2
link router router-eth2 2001:db8:f2::1 ha2 ha2-eth0 2001:db8:f2::2
link ha1 ha1-eth1 2001:db8:1::1 node1 node1-eth0 2001:db8:1::2
link ha2 ha2-eth1 2001:db8:2::1 node2 node2-eth0 2001:db8:2::2
# The client reaches the second site by a link of its own, so that a stale cached route shows.
link client client-eth1 2001:db8:d::2 router router-eth3 2001:db8:d::1
ip -n client -6 route add 2001:db8:2::/64 via 2001:db8:d::1
ip -n client -6 route add default via 2001:db8:c::1
ip -n node1 -6 route add default via 2001:db8:1::1
ip -n node2 -6 route add default via 2001:db8:2::1
ip -n ha1 -6 route add default via 2001:db8:f1::1
ip -n ha2 -6 route add default via 2001:db8:f2::1
ip -n router -6 route add 2001:db8:1::/64 via 2001:db8:f1::2
ip -n router -6 route add 2001:db8:2::/64 via 2001:db8:f2::2
# Ready when packets pass: link watch lets a new interface drop packets for up to a second.
for end in 2001:db8:1::2 2001:db8:2::2; do
  for try in $(seq 60); do ip netns exec client ping -c 1 -W 1 $end >/dev/null && break; done
  ip netns exec client ping -c 1 -W 1 $end >/dev/null
done
