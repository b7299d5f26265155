import { prerequisites } from './prerequisites.ts';

/** What a kernel did when it was asked to use a prerequisite. */
export interface ProbeResult {
  readonly id: string;
  readonly works: boolean;
  /** the first line of what the attempt printed */
  readonly said: string;
}

/** What is said of a prerequisite that the probe did not reach. */
export const NOT_TRIED = 'was not tried';

/**
 * A bash program that tries every prerequisite on the kernel it runs on: one line each on standard output. To be run as
 * root in a network namespace of its own, which it leaves changed; without one that it may change, it tries
 * nothing. Needs iproute2, nftables, ping and perl.
 */
export function probeScript(): string {
  const attempts = prerequisites.map(({ id, attempt }) => `try ${id} <<'ATTEMPT'\n${attempt}\nATTEMPT`);
  return `${FUNCTIONS}\nip link set lo up || exit\n${attempts.join('\n')}\n`;
}

/** Reads the probe's lines. A prerequisite without a line has not been tried, and so does not work. */
export function readProbe(output: string): readonly ProbeResult[] {
  const lines = new Map(
    output.split('\n').map((line): [string, readonly string[]] => {
      const [id = '', ...rest] = line.split('\t');
      return [id, rest];
    }),
  );
  return prerequisites.map(({ id }) => {
    const [verdict, said = ''] = lines.get(`probe ${id}`) ?? ['', NOT_TRIED];
    return { id, works: verdict === 'works', said };
  });
}

const FUNCTIONS = `try() { # id, attempt on standard input
  local said
  if said=$(eval "$(cat)" 2>&1); then printf 'probe %s\\tworks\\t\\n' "$1"
  else printf 'probe %s\\tfails\\t%s\\n' "$1" "$(head -n 1 <<<"$said" | tr '\\t' ' ')"
  fi
}
through_lo() { # qdisc with its arguments: a packet must come back; sets round_trip_ms
  local answer
  tc qdisc add dev lo root "$@" || return
  answer=$(ping -n -c 1 -W 2 ::1); local status=$?
  tc qdisc del dev lo root
  round_trip_ms=$(sed -n 's/.*time=\\([0-9]*\\).*/\\1/p' <<<"$answer")
  return $status
}
socket_probe() {
  perl - "$1" <<'PERL'
use strict; use warnings;
my $s;
my $loopback = sub { pack 'SnNa16N', 10, $_[0], 0, ("\\0" x 15) . "\\1", 0 };
my %attempt = (
  'mobility-header' => sub { socket $s, 10, 3, 135 },
  'tcp-repair' => sub { socket($s, 10, 1, 6) && setsockopt $s, 6, 19, pack 'i', 1 },
  # One instruction: return 0 octets, which drops every packet.
  'socket-filter' => sub {
    my $program = pack 'SCCL', 6, 0, 0, 0;
    socket($s, 10, 1, 6) && setsockopt $s, 1, 26, pack 'S x![P] P', 1, $program;
  },
  # Positions of a connection in repair mode for a moment, which goes on behind it: what it has sent and got is counted, and no octet is lost.
  'live-snapshot' => sub {
    my ($listener, $far);
    socket($listener, 10, 1, 6) && bind($listener, $loopback->(0)) && listen($listener, 1) or return;
    my $port = unpack 'x2 n', getsockname $listener;
    socket($s, 10, 1, 6) && connect($s, $loopback->($port)) && accept($far, $listener) or return;
    my $positions = sub {
      my @read;
      setsockopt $s, 6, 19, pack 'i', 1 or return;
      for my $queue (1, 2) {
        setsockopt $s, 6, 20, pack 'i', $queue or return;
        push @read, unpack 'L', getsockopt $s, 6, 21;
      }
      setsockopt $s, 6, 19, pack 'i', -1 or return;
      return @read;
    };
    my ($received, $sent) = $positions->() or return;
    send($s, 'x' x 100, 0) == 100 && send($far, 'y' x 50, 0) == 50 or return;
    sysread($far, my $there, 200) == 100 && sysread($s, my $here, 200) == 50 or return;
    my ($more, $further) = $positions->() or return;
    my @gone = map { $_ & 0xffffffff } ($further - $sent, $more - $received);
    "@gone" eq '100 50' or die "positions have gone on by @gone, not by 100 50\\n";
  },
  # Binds a queue of the packet filter, as who decides on its packets does: the kernel's answer is error 0.
  'packet-queue' => sub {
    socket $s, 16, 3, 12 or return;
    send $s, pack('L S S L L C C n S S C x3', 28, 3 << 8 | 2, 5, 1, 0, 0, 0, 1, 8, 1, 1), 0 or return;
    recv $s, my $answer, 1000, 0;
    ($! = -unpack 'x16 l', $answer) == 0;
  },
  # The window that a client bounds itself to, after more has come than fits: later kernels forget it then.
  'window-clamp' => sub {
    my $clamp = 20000;
    # As on a host of the lab: the kernel's own tuning would lift the bound.
    open my $tuning, '>', '/proc/sys/net/ipv4/tcp_moderate_rcvbuf' or return;
    syswrite $tuning, '0' or return;
    my ($listener, $far);
    socket($listener, 10, 1, 6) && setsockopt($listener, 6, 10, pack 'i', $clamp) or return;
    bind($listener, $loopback->(0)) && listen($listener, 1) or return;
    my $port = unpack 'x2 n', getsockname $listener;
    socket($s, 10, 1, 6) && connect($s, $loopback->($port)) && accept($far, $listener) or return;
    for (1 .. 20) {
      send $s, 'x' x 16384, 0x40 or return;
      sysread $far, my $octets, 65536 or return;
    }
    my $now = unpack 'i', getsockopt $far, 6, 10;
    $now == $clamp or die "TCP_WINDOW_CLAMP $clamp has become $now\\n";
  },
  'packet' => sub { socket $s, 17, 3, unpack 'S', pack 'n', 3 },
);
$attempt{$ARGV[0]}->() or die "$!\\n";
PERL
}`;
