#!/usr/bin/python3
"""Writes packets.pcap: one packet of every kind that the router sees, built by scapy (python3-scapy 2.5).

Run by hand when a packet is to be added: /usr/bin/python3 make-packets.py
"""
import struct
from pathlib import Path
from scapy.all import (ARP, ESP, ICMPv6ND_NS, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                       IPv6ExtHdrRouting, MIP6MH_BA, MIP6MH_BE, MIP6MH_BU, MIP6MH_CoT, MIP6MH_CoTI, MIP6MH_HoT,
                       MIP6MH_HoTI, HAO, PadN, Raw, RouterAlert, TCP, UDP)
from scapy.layers.inet6 import MIP6OptBindingAuthData, MIP6OptNonceIndices

CN, H, A, C1, C2 = '2001:db8:c::2', '2001:db8:1::100', '2001:db8:1::1', '2001:db8:1::2', '2001:db8:2::2'




def rh2(segleft=1):
    return IPv6ExtHdrRouting(type=2, segleft=segleft, addresses=[H])


def hao():
    return IPv6ExtHdrDestOpt(options=[PadN(optdata=b'\0\0'), HAO(hoa=H)])


def tcp(sport=8080, dport=40000, flags='A', payload=b'', **more):
    segment = TCP(sport=sport, dport=dport, flags=flags, seq=0xfffffff0, ack=7, window=501,
                  options=[('NOP', None), ('NOP', None), ('Timestamp', (1, 2))], **more)
    return segment / Raw(payload) if payload else segment


packets = [
    # (what, interface, packet type, EtherType, packet)
    ('SYN of the client', 2, 0, 0x86dd, IPv6(src=CN, dst=H) / TCP(sport=40000, dport=8080, flags='S', seq=1)),
    ('data from the home agent', 3, 0, 0x86dd, IPv6(src=H, dst=CN) / tcp(payload=b'x' * 1000)),
    ('data under route optimisation', 4, 4, 0x86dd, IPv6(src=C2, dst=CN) / hao() / tcp(payload=b'y' * 700)),
    ('acknowledgement under route optimisation', 2, 0, 0x86dd, IPv6(src=CN, dst=C2) / rh2() / tcp(40000, 8080)),
    ('type 2 routing header already processed', 2, 4, 0x86dd, IPv6(src=CN, dst=H) / rh2(0) / tcp(40000, 8080)),
    ('HoTI in the member tunnel', 4, 0, 0x86dd, IPv6(src=C2, dst=C1) / IPv6(src=H, dst=CN) / MIP6MH_HoTI(cookie=b'homecook')),
    ('CoTI', 4, 0, 0x86dd, IPv6(src=C2, dst=CN) / MIP6MH_CoTI(cookie=b'carecook')),
    ('HoT', 2, 0, 0x86dd, IPv6(src=CN, dst=H) / MIP6MH_HoT(index=3, cookie=b'homecook', token=b'12345678')),
    ('CoT', 2, 0, 0x86dd, IPv6(src=CN, dst=C2) / MIP6MH_CoT(index=4, cookie=b'carecook', token=b'87654321')),
    ('BU', 4, 0, 0x86dd, IPv6(src=C2, dst=CN) / hao() / MIP6MH_BU(
        seq=5, flags='A', mhtime=105, options=[MIP6OptNonceIndices(olen=4, hni=3, coni=4), MIP6OptBindingAuthData(olen=12, authenticator=0x0102030405060708090a0b0c)])),
    ('BA', 2, 0, 0x86dd, IPv6(src=CN, dst=C2) / rh2() / MIP6MH_BA(status=0, seq=5, mhtime=105)),
    ('Binding Error', 2, 0, 0x86dd, IPv6(src=CN, dst=C2) / MIP6MH_BE(status=1, ha=H)),
    ('ESP in a tunnel', 4, 0, 0x86dd, IPv6(src=C2, dst=A) / ESP(spi=0x1003, seq=9, data=b'z' * 40)),
    ('two tunnels', 4, 0, 0x86dd, IPv6(src=C2, dst=C1) / IPv6(src=A, dst=C1) / IPv6(src=H, dst=CN) / UDP(sport=1, dport=2) / Raw(b'abc')),
    ('neighbour solicitation', 2, 2, 0x86dd, IPv6(src='fe80::1', dst='ff02::1:ff00:2', hlim=255) / ICMPv6ND_NS(tgt='fe80::2')),
    ('hop-by-hop options', 2, 2, 0x86dd, IPv6(src='fe80::1', dst='ff02::16') / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / Raw(b'\x8f' + bytes(7))),
    ('fragment', 3, 0, 0x86dd, IPv6(src=H, dst=CN) / IPv6ExtHdrFragment(nh=6, offset=10, m=1, id=1) / Raw(b'f' * 64)),
    ('fragment header of a whole packet', 3, 0, 0x86dd, IPv6(src=H, dst=CN) / IPv6ExtHdrFragment(nh=6, offset=0, m=0, id=1) / tcp()),
    ('ARP', 2, 1, 0x0806, ARP()),
]

out = Path(__file__).with_name('packets.pcap').open('wb')
out.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 276, 276))
for index, (_, interface, kind, ethertype, packet) in enumerate(packets):
    if ethertype == 0x86dd and isinstance(packet.payload, IPv6ExtHdrHopByHop):
        packet.payload.nh = 58
    frame = struct.pack('>HHIHBB8s', ethertype, 0, interface, 1, kind, 6, b'\2\0\0\0\0\1') + bytes(packet)
    captured = frame[:276]
    out.write(struct.pack('<IIII', 1_000_000_000 + index // 4, 999_999_000 + index, len(captured), len(frame)) + captured)
out.close()
