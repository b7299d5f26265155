#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A policy for one type of Mobility Header (RFC 6275 section 6.1, upper-layer protocol 135) must match
# packets of that type, and no others, when they are received, too: home registration wants ESP for
# Binding Updates but not for Home Test Inits (RFC 3776, RFC 4877).
#
# a --- b: b wants ESP for type 5 from a, and a sends everything in the clear. So a Binding Update (5) has
# to be dropped, and counted in XfrmInTmplMismatch; a Home Test Init (1) has to arrive. Both stand behind
# a destination options header, as a mobile node's Binding Update does.

readonly KSFT_PASS=0 KSFT_FAIL=1 KSFT_SKIP=4
readonly A=2001:db8:1::1 B=2001:db8:1::2
ret=$KSFT_PASS

skip() { echo "SKIP: $1"; exit $KSFT_SKIP; }
check() { # what, expected, found
	if [ "$2" = "$3" ]; then
		echo "ok   $1"
	else
		echo "FAIL $1: expected $2, found $3"
		ret=$KSFT_FAIL
	fi
}

command -v perl >/dev/null || skip "no perl"
[ "$(id -u)" = 0 ] || skip "needs root"
ns_a=a-$$ ns_b=b-$$
cleanup() { ip netns del "$ns_a"; ip netns del "$ns_b"; } 2>/dev/null
trap cleanup EXIT
ip netns add "$ns_a" && ip netns add "$ns_b" || skip "no network namespaces"
ip -n "$ns_a" link add veth0 type veth peer name veth0 netns "$ns_b" || skip "no veth"
for pair in "$ns_a $A" "$ns_b $B"; do
	read -r ns address <<<"$pair"
	ip -n "$ns" link set lo up
	ip -n "$ns" link set veth0 up
	ip -n "$ns" addr add "$address/64" dev veth0 nodad
done
ip -n "$ns_b" xfrm policy add dir in src "$A" dst "$B" proto 135 type 5 \
	tmpl src "$A" dst "$B" proto esp mode transport level required || skip "no xfrm policies"
[ -r /proc/net/xfrm_stat ] || skip "no CONFIG_XFRM_STATISTICS"

mismatches() {
	ip netns exec "$ns_b" sed -n 's/^XfrmInTmplMismatch[[:space:]]*//p' /proc/net/xfrm_stat
}

# Sends a Mobility Header of 16 octets and this type from a; prints the type that b's raw socket gets
# within two seconds, or "none".
exchange() {
	ip netns exec "$ns_b" perl -e '
		socket my $s, 10, 3, 135 or die "socket: $!\n";
		syswrite STDOUT, "ready\n";
		my $r = ""; vec($r, fileno $s, 1) = 1;
		if (select($r, undef, undef, 2)) {
			recv $s, my $m, 100, 0;
			print unpack("x2 C", $m), "\n";
		} else { print "none\n"; }' >"$pipe" &
	exec 8<"$pipe"
	read -r _ <&8
	ip netns exec "$ns_a" perl -e '
		my ($type, $to) = @ARGV;
		socket my $s, 10, 3, 135 or die "socket: $!\n";
		# IPV6_DSTOPTS: an option that pads, and nothing else
		setsockopt $s, 41, 59, pack("C4 x4", 0, 0, 1, 4) or die "IPV6_DSTOPTS: $!\n";
		my $address = pack "n8", map hex, split /:/, $to;
		# next header 59 (none), 8 octets more, type, reserved, checksum (by the kernel), data
		send $s, pack("C4 n x10", 59, 1, $type, 0, 0), 0, pack("S n N a16 N", 10, 0, 0, $address, 0)
			or die "send: $!\n";' "$1" 2001:db8:1:0:0:0:0:2
	read -r received <&8
	exec 8<&-
	wait
	echo "$received"
}
pipe=$(mktemp -u)
mkfifo "$pipe" || skip "no fifo"
trap 'cleanup; rm -f "$pipe"' EXIT

check "a Home Test Init in the clear arrives" 1 "$(exchange 1)"
before=$(mismatches)
check "a Binding Update in the clear is dropped" none "$(exchange 5)"
check "it is counted in XfrmInTmplMismatch" 1 $(($(mismatches) - before))
exit $ret
