"""What a home agent of another make does before it serves (RFC 6275 sections 7 and 10.4): asks the kernel's tunnel driver by way of `ip6tnl0`,
and sends a Router Advertisement with the H bit from its link-local address. Argument: the interface of the home link.
"""
import ctypes
import fcntl
import socket
import struct
import sys

SIOCGETTUNNEL = 0x89F0
ROUTER_ADVERTISEMENT, HOME_AGENT = 134, 0x20

interface = sys.argv[1]
index = socket.if_nametoindex(interface)
own = None
with open("/proc/net/if_inet6") as addresses:
    for line in addresses:
        octets, number, _, scope, _, name = line.split()
        if name == interface and scope == "20":
            own = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(octets))
assert own is not None, f"{interface} has no link-local address"

raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
raw.bind((own, 0, 0, index))
raw.sendto(struct.pack("!BBHBBHII", ROUTER_ADVERTISEMENT, 0, 0, 64, HOME_AGENT, 0, 0, 0), ("ff02::1", 0, 0, index))

# struct ifreq: the device's name and a pointer to struct ip6_tnl_parm, which is shorter than this.
parameters = ctypes.create_string_buffer(128)
address = ctypes.addressof(parameters)
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, SIOCGETTUNNEL, struct.pack("16sQ16x", b"ip6tnl0", address))
assert parameters.raw.startswith(b"ip6tnl0\0")
print(f"{interface}: Router Advertisement from {own}, ip6tnl0 answers", flush=True)
