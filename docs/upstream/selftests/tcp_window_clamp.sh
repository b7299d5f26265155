#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# TCP_WINDOW_CLAMP bounds the advertised window (tcp(7)): also after full segments have arrived, from
# which the receiver learns how much of its buffer is payload.
#
# A receiver that has set it reads slowly; its sender never hears of a larger window (tcpi_snd_wnd), and
# getsockopt() still says what was set.

readonly KSFT_SKIP=4
skip() { echo "SKIP: $1"; exit $KSFT_SKIP; }

command -v perl >/dev/null || skip "no perl"
[ "$(id -u)" = 0 ] || skip "needs root"
ns_a=a-$$ ns_b=b-$$
cleanup() { ip netns del "$ns_a"; ip netns del "$ns_b"; } 2>/dev/null
trap cleanup EXIT
ip netns add "$ns_a" && ip netns add "$ns_b" || skip "no network namespaces"
ip -n "$ns_a" link add veth0 type veth peer name veth0 netns "$ns_b" || skip "no veth"
for pair in "$ns_a 2001:db8:1::1" "$ns_b 2001:db8:1::2"; do
	read -r ns address <<<"$pair"
	ip -n "$ns" link set lo up
	ip -n "$ns" link set veth0 up
	ip -n "$ns" addr add "$address/64" dev veth0 nodad
	# The kernel's own tuning may lift the bound, and says so.
	ip netns exec "$ns" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_moderate_rcvbuf'
	ip netns exec "$ns" sh -c 'echo "4096 425984 6291456" >/proc/sys/net/ipv4/tcp_rmem'
done

pipe=$(mktemp -u)
mkfifo "$pipe" || skip "no fifo"
trap 'cleanup; rm -f "$pipe"' EXIT
# A multiple of every window scale. Sent: enough for the buffer to be worked out anew, and filled.
readonly CLAMP=65536 OCTETS=2000000

ip netns exec "$ns_b" perl -e '
	my ($clamp, $octets, $pipe) = @ARGV;
	socket my $l, 10, 1, 6 or die "socket: $!\n";
	setsockopt $l, 6, 10, pack "i", $clamp or die "TCP_WINDOW_CLAMP: $!\n";
	bind $l, pack("S n N a16 N", 10, 8765, 0, "", 0) or die "bind: $!\n";
	listen $l, 1;
	open my $ready, ">", $pipe; close $ready;
	accept my $s, $l or die "accept: $!\n";
	for (my $n = 0; $n < $octets; ) {
		select undef, undef, undef, 0.005;
		my $got = sysread $s, my $some, 16384;
		$got or die "the connection has ended: $!\n";
		$n += $got;
	}
	my $now = unpack "i", getsockopt $s, 6, 10;
	print $now == $clamp ? "ok   TCP_WINDOW_CLAMP is what was set\n" : "FAIL TCP_WINDOW_CLAMP is $now, not $clamp\n";
	syswrite $s, "x";
	exit($now != $clamp);' $CLAMP $OCTETS "$pipe" &
receiver=$!
read -r _ <"$pipe"
ip netns exec "$ns_a" perl -e '
	my ($clamp, $octets) = @ARGV;
	socket my $s, 10, 1, 6 or die "socket: $!\n";
	connect $s, pack("S n N n8 N", 10, 8765, 0, 0x2001, 0xdb8, 1, 0, 0, 0, 0, 2, 0) or die "connect: $!\n";
	my ($first, $most, $sent) = (0, 0, 0);
	# struct tcp_info: tcpi_snd_wnd stands at 228 (since Linux 5.5)
	my $window = sub {
		my $info = getsockopt $s, 6, 11;
		length $info >= 232 or print("SKIP: no tcpi_snd_wnd\n"), exit 4;
		unpack "x228 L", $info;
	};
	while ($sent < $octets) {
		my ($r, $w) = ("", "");
		vec($w, fileno $s, 1) = 1;
		if (select undef, $w, undef, 0.01) {
			$sent += send $s, "x" x ($octets - $sent < 65536 ? $octets - $sent : 65536), 0x40;
		}
		my $now = $window->();
		$first ||= $now;
		$most = $now if $now > $most;
	}
	# The receiver says that it has everything.
	for (1 .. 3000) {
		my $r = "";
		vec($r, fileno $s, 1) = 1;
		my $now = $window->();
		$most = $now if $now > $most;
		last if select $r, undef, undef, 0.01;
	}
	print $most > $clamp ? "FAIL a window of $most was advertised, $clamp is the clamp\n" : "ok   no larger window was advertised ($most)\n";
	exit($most > $clamp);' $CLAMP $OCTETS
status=$?
wait $receiver || status=$((status == KSFT_SKIP ? status : 1))
exit $status
