/**
 * Sets what neither ip nor tc can, for all namespaces in one process (a process costs the lab kernel more than the rest
 * of its work): kernel settings, checksum and segmentation offloads, each read back at once; then waits until every
 * interface runs. Perl, because Debian's base system always has it.
 *
 * Lines behind it: `namespace NAME`, then for it `sysctl PATH VALUE` and `interface NAME`.
 */
export const SETTINGS_PERL = String.raw`
use strict; use warnings; use Config;
my ($SETNS) = map { { x86_64 => 308, aarch64 => 268 }->{$_} // () } $Config{archname} =~ /^([^-]+)/;
$SETNS or die "settings: no setns number for $Config{archname}\n";
my ($SIOCETHTOOL, $SIOCGIFFLAGS, $IFF_RUNNING) = (0x8946, 0x8913, 0x40);
my %OFFLOAD = (checksums => [0x16, 0x17], TSO => [0x1e, 0x1f], GSO => [0x23, 0x24], GRO => [0x2b, 0x2c]);
my ($namespace, $socket, @waiting);
sub ethtool {
  my ($interface, $command, $value) = @_;
  my $data = pack 'LL', $command, $value;
  my $request = pack 'a16 P x16', $interface, $data;
  ioctl $socket, $SIOCETHTOOL, $request or die "settings: $namespace: ethtool $interface: $!\n";
  return (unpack 'LL', $data)[1];
}
sub running {
  my ($interface, $from) = @_;
  my $request = pack 'a16 x24', $interface;
  ioctl $from, $SIOCGIFFLAGS, $request or die "settings: flags of $interface: $!\n";
  return $IFF_RUNNING & unpack 'x16 S', $request;
}
while (my ($word, $name, $value) = split ' ', <DATA> // '', 3) {
  if ($word eq 'namespace') {
    $namespace = $name;
    open my $handle, '<', "/run/netns/$name" or die "settings: namespace $name: $!\n";
    syscall($SETNS, fileno $handle, 0) == 0 or die "settings: enter $name: $!\n";
    socket my $fresh, 10, 2, 0 or die "settings: socket: $!\n";
    $socket = $fresh;
  } elsif ($word eq 'sysctl') {
    chomp $value;
    open my $handle, '+<', "/proc/sys/$name" or die "settings: $namespace: $name: $!\n";
    syswrite $handle, $value or die "settings: $namespace: $name = $value: $!\n";
    sysseek $handle, 0, 0;
    sysread $handle, my $back, 256;
    join(' ', split ' ', $back) eq $value or die "settings: $namespace: $name is $back, not $value\n";
  } else {
    for my $offload (sort keys %OFFLOAD) {
      my ($get, $set) = @{ $OFFLOAD{$offload} };
      ethtool($name, $set, 0) if ethtool($name, $get, 0);
      ethtool($name, $get, 0) and die "settings: $namespace: $offload of $name stays on\n";
    }
    push @waiting, [$name, $socket];
  }
}
for (1 .. 5000) {
  @waiting = grep { !running(@$_) } @waiting or exit 0;
  select undef, undef, undef, 0.001;
}
die "settings: still without carrier after 5 s: @{[map { $_->[0] } @waiting]}\n";
__END__`;
