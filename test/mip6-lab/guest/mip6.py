"""RFC 6275 messages for the tests' own programs: written from the RFC alone, shares nothing with the project's code."""
import hashlib
import hmac
import os
import socket
import struct

MH, DSTOPTS, ROUTING, IPV6, ICMPV6, ESP, NONE = 135, 60, 43, 41, 58, 50, 59
BRR, HOTI, COTI, HOT, COT, BU, BA, BE = range(8)
ACKNOWLEDGE, HOME = 0x8000, 0x4000
HDRINCL = 36
ETH_P_ALL, ETH_P_IPV6 = 3, 0x86DD


def octets(address):
    return socket.inet_pton(socket.AF_INET6, address)


def text(address):
    return socket.inet_ntop(socket.AF_INET6, address)


def checksum(source, destination, data, protocol=MH):
    pseudo = octets(source) + octets(destination) + struct.pack("!I3xB", len(data), protocol) + data
    pseudo += bytes(len(pseudo) % 2)
    total = sum(struct.unpack("!%dH" % (len(pseudo) // 2), pseudo))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def header(kind, body):
    """A Mobility Header with checksum 0; the body is padded with PadN."""
    size = 6 + len(body)
    missing = -size % 8
    if missing == 1:
        body += b"\0"
    elif missing:
        body += bytes([1, missing - 2]) + bytes(missing - 2)
    return struct.pack("!BBBBH", NONE, (6 + len(body)) // 8 - 1, kind, 0, 0) + body


def sealed(message, source, destination):
    """The header with its checksum."""
    return message[:4] + struct.pack("!H", checksum(source, destination, message)) + message[6:]


def test_init(kind, cookie):
    return header(kind, bytes(2) + cookie)


def test(kind, index, cookie, token):
    return header(kind, struct.pack("!H", index) + cookie + token)


def binding_update(sequence, lifetime_units, flags, indices=None, key=None, authorized=None, correspondent=None,
                   alternate=None, authenticator=None):
    """`key`: Kbm, 20 octets; `authorized`: the care-of address that the authenticator covers."""
    body = struct.pack("!HHH", sequence, flags, lifetime_units)
    if alternate is not None:
        body += bytes([1, 0]) + bytes([3, 16]) + octets(alternate)
    if indices is not None:
        body += bytes([4, 4]) + struct.pack("!HH", *indices)
    if key is None and authenticator is None:
        return header(BU, body)
    before = -(6 + len(body) - 2) % 8
    if before:
        body += b"\0" if before == 1 else bytes([1, before - 2]) + bytes(before - 2)
    body += bytes([5, 12])
    whole = header(BU, body + bytes(12))
    covered = whole[: 6 + len(body)]
    if authenticator is None:
        authenticator = hmac.new(key, octets(authorized) + octets(correspondent) + covered, "sha1").digest()[:12]
    return covered + authenticator


def binding_key(home_token, care_of_token=b""):
    return hashlib.sha1(home_token + care_of_token).digest()


def home_address_option(home, next_header):
    """Destination options header, 24 octets: PadN of 2 + 2, then the Home Address option at 8n+6."""
    return bytes([next_header, 2, 1, 2, 0, 0, 201, 16]) + octets(home)


def type2_routing(home, next_header):
    return bytes([next_header, 2, 2, 1, 0, 0, 0, 0]) + octets(home)


def ipv6(source, destination, next_header, payload, hop_limit=64):
    return struct.pack("!IHBB", 6 << 28, len(payload), next_header, hop_limit) + octets(source) + octets(destination) + payload


def mobility_packet(source, destination, message, home=None):
    """The IPv6 packet; with `home` it has a Home Address option, and the checksum covers the home address."""
    message = sealed(message, home or source, destination)
    if home is None:
        return ipv6(source, destination, MH, message)
    return ipv6(source, destination, DSTOPTS, home_address_option(home, MH) + message)


class Sender:
    def __init__(self):
        self.raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.raw.setsockopt(socket.IPPROTO_IPV6, HDRINCL, 1)

    def send(self, packet):
        self.raw.sendto(packet, (text(packet[24:40]), 0))


def dissect(packet):
    """(source, destination, care-of address or None, upper protocol, payload) with options applied as RFC 6275 says."""
    source, destination = text(packet[8:24]), text(packet[24:40])
    next_header, at, care_of = packet[6], 40, None
    while next_header in (DSTOPTS, ROUTING) and at + 8 <= len(packet):
        length = 8 * (packet[at + 1] + 1)
        if next_header == ROUTING and packet[at + 2] == 2:
            care_of, destination = destination, text(packet[at + 8: at + 24])
        elif next_header == DSTOPTS:
            option = at + 2
            while option < at + length:
                if packet[option] == 0:
                    option += 1
                    continue
                if packet[option] == 201:
                    care_of, source = source, text(packet[option + 2: option + 18])
                option += 2 + packet[option + 1]
        next_header, at = packet[at], at + length
    return source, destination, care_of, next_header, packet[at:]


class Sniffer:
    """Sees what passes an interface, in either direction."""

    def __init__(self, interface):
        self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        # Only a socket for all protocols sees what leaves.
        self.raw.bind((interface, ETH_P_ALL))

    def wait(self, wanted, seconds=2.0):
        """The first packet for which wanted(dissected, packet) is true, or None."""
        import time
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.raw.settimeout(left)
            try:
                packet, address = self.raw.recvfrom(65535)
            except (socket.timeout, BlockingIOError):
                return None
            if address[1] != ETH_P_IPV6:
                continue
            seen = dissect(packet)
            if wanted(seen, packet):
                return seen, packet

    def message(self, kind, destination, seconds=2.0):
        """The next Mobility Header of that kind to that address (the home address behind a routing header)."""
        found = self.wait(lambda seen, _: seen[3] == MH and seen[4][2] == kind and seen[1] == destination, seconds)
        return None if found is None else found[0]

    def empty(self):
        self.raw.setblocking(False)
        try:
            while True:
                self.raw.recv(65535)
        except BlockingIOError:
            pass


def cookie():
    return os.urandom(8)
