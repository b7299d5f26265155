# Listens as a service manager does: arguments SOCKET and FILE; each datagram becomes a line of FILE, with spaces for line ends.
use strict; use warnings;
use IO::Socket::UNIX;
my ($path, $file) = @ARGV;
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path) or die "$path: $!\n";
chmod 0666, $path;
open my $out, '>>', $file or die "$file: $!\n";
$out->autoflush(1);
print $out "listening\n";
while (defined $socket->recv(my $text, 4096)) { $text =~ tr/\n/ /; print $out "$text\n"; }
