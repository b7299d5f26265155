import { LabError } from '../linux/lab-error.ts';

/** setns(2), unshare(2) and mount(2) by architecture: perl has no names for them. */
const SYSTEM_CALLS: Readonly<Record<string, readonly [setns: number, unshare: number, mount: number]>> = {
  x64: [308, 272, 165],
  arm64: [268, 97, 40],
};

/**
 * Builds a network, or what is left of it to do, in one process, since a process costs the lab kernel more than the rest of the work: it hands the
 * kernel requests of netlink that were made elsewhere, and keeps the answers; sets what neither ip nor tc can (kernel settings, checksum and
 * segmentation offloads, each read back at once); then waits until every interface runs. Perl, because Debian's base system always has it.
 *
 * Lines behind it: `folder PATH` makes a folder with those above it, `make NAME` makes a namespace, `namespace NAME` enters one, then for it
 * `send STEP: HEX`, requests in one datagram, of which the last one asks for its acknowledgement; `<NAME>` among the digits is the namespace's descriptor;
 * `ask FILE HEX…`, requests for dumps, whose answers are added to the file; `sysctl PATH VALUE` and `interface NAME`.
 */
export function builderPerl(architecture: string = process.arch): string {
  const numbers = SYSTEM_CALLS[architecture];
  if (numbers === undefined)
    throw new LabError(`Networks cannot be built on ${architecture}.`, {
      remedy: `use one of ${Object.keys(SYSTEM_CALLS).join(', ')}`,
    });
  return `my ($SETNS, $UNSHARE, $MOUNT) = (${numbers.join(', ')});${BUILDER}`;
}

/** Numbers of Linux' own headers, the same on both architectures. An error is said with the step, or with what was to be set. */
const BUILDER = String.raw`
my ($NEWNET, $BIND, $SHARED, $RECURSIVE, $EINVAL) = (0x40000000, 4096, 1 << 20, 16384, 22);
my ($SIOCETHTOOL, $SIOCGIFFLAGS, $IFF_RUNNING) = (0x8946, 0x8913, 0x40);
my %OFFLOAD = (checksums => [0x16, 0x17], TSO => [0x1e, 0x1f], GSO => [0x23, 0x24], GRO => [0x2b, 0x2c]);
my ($NLMSG_ERROR, $NLMSG_DONE, $HEADER) = (2, 3, 16);
my ($namespace, $socket, $netlink, @waiting, %namespaces);
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
sub mount {
  my ($from, $to, $flags) = @_;
  return syscall($MOUNT, $from, $to, my $kind = 'none', $flags, 0) == 0;
}
sub make {
  my $folder = '/run/netns';
  if (!%namespaces && !mount(my $nothing = '', $folder, $SHARED | $RECURSIVE)) {
    $! == $EINVAL or die "namespaces: share $folder: $!\n";
    mount($folder, $folder, $BIND | $RECURSIVE) && mount($nothing, $folder, $SHARED | $RECURSIVE)
      or die "namespaces: share $folder: $!\n";
  }
  my $path = "$folder/$_[0]";
  open my $place, '>', $path or die "namespaces: $path: $!\n";
  syscall($UNSHARE, $NEWNET) == 0 or die "namespaces: make $_[0]: $!\n";
  mount(my $own = '/proc/self/ns/net', $path, $BIND) or die "namespaces: name $_[0]: $!\n";
  hold($_[0]);
}
sub hold {
  my $name = $_[0];
  return $namespaces{$name} //= do {
    open my $handle, '<', "/run/netns/$name" or die "settings: namespace $name: $!\n";
    $handle;
  };
}
sub netlink {
  my ($step, $octets, $keep) = @_;
  $netlink // socket($netlink, 16, 3, 0) or die "$step: netlink: $!\n";
  defined send $netlink, $octets, 0 or die "$step: $!\n";
  my ($last, $answers) = (0, '');
  for (my $at = 0; $at < length $octets; $at += unpack "x$at L", $octets) { $last = unpack "x$at x8 L", $octets }
  while (1) {
    defined recv $netlink, my $datagram, 1 << 17, 0 or die "$step: $!\n";
    $answers .= $datagram if $keep;
    for (my $at = 0; $at + $HEADER <= length $datagram; ) {
      my ($length, $type, undef, $sequence) = unpack "x$at L S S L", $datagram;
      if ($type == $NLMSG_ERROR) {
        $! = -unpack 'x' . ($at + $HEADER) . ' l', $datagram;
        $! == 0 or die "$step: request $sequence: $!\n";
      }
      return $answers if $sequence == $last && ($type == $NLMSG_ERROR || $type == $NLMSG_DONE);
      $at += ($length + 3) & ~3;
    }
  }
}
while (my ($word, $name, $value) = split ' ', <DATA> // '', 3) {
  chomp $value if defined $value;
  if ($word eq 'folder') {
    my $path = '';
    for (split m{/}, $name) {
      $path .= "$_/";
      -d $path or mkdir $path or die "folders: $path: $!\n";
    }
  } elsif ($word eq 'make') {
    make($name);
  } elsif ($word eq 'namespace') {
    $namespace = $name;
    syscall($SETNS, fileno hold($name), 0) == 0 or die "settings: enter $name: $!\n";
    socket my $fresh, 10, 2, 0 or die "settings: socket: $!\n";
    ($socket, $netlink) = ($fresh, undef);
  } elsif ($word eq 'send') {
    $value =~ s/<([^>]+)>/unpack 'H8', pack 'L', fileno hold($1)/ge;
    netlink($name, pack('H*', $value), 0);
  } elsif ($word eq 'ask') {
    open my $file, '>>', $name or die "reading back: $name: $!\n";
    print $file join '', map { netlink("reading back", pack('H*', $_), 1) } split ' ', $value;
    close $file or die "reading back: $name: $!\n";
  } elsif ($word eq 'sysctl') {
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
