"""Attacks on the contact address's registration and on the contact node, from the router.

attack_home.py record INTERFACE FILE   in the home agent: keeps the first ESP packet to it, the Binding Update
attack_home.py attack FILE             in the router: prints a JSON report
"""
import json
import os
import struct
import sys
import time

from mip6 import (ACKNOWLEDGE, BA, BE, COT, DSTOPTS, ESP, HOME, HOT, IPV6, MH, ROUTING, Sender, Sniffer, binding_update, checksum,
                  cookie, header, home_address_option, ipv6, mobility_packet, octets, sealed, test, type2_routing)

CLIENT, CONTACT, MEMBER, AGENT = "2001:db8:c::2", "2001:db8:1::100", "2001:db8:1::2", "2001:db8:1::1"
STRANGER = "2001:db8:66::2"
UDP = 17


def record(interface, path):
    sniffer = Sniffer(interface)
    print("ready", flush=True)
    _, packet = sniffer.wait(lambda seen, _: seen[3] == ESP and seen[1] == AGENT, 30)
    with open(path, "wb") as file:
        file.write(packet)


def esp(spi, length=88):
    return struct.pack("!II", spi, 7) + os.urandom(length)


def registration(sequence, lifetime=105):
    return binding_update(sequence, lifetime, ACKNOWLEDGE | HOME)


def with_option(payload, next_header=ESP):
    return ipv6(STRANGER, AGENT, DSTOPTS, home_address_option(CONTACT, next_header) + payload)


def udp():
    data = struct.pack("!HHHH", 7, 9, 12, 0) + b"fake"
    return data[:6] + struct.pack("!H", checksum(CONTACT, CLIENT, data, UDP)) + data[8:]


def through_routing_header(message):
    """From the client to the contact address at the member."""
    return ipv6(CLIENT, MEMBER, ROUTING, type2_routing(CONTACT, MH) + sealed(message, CLIENT, CONTACT))


def attack(path):
    sender = Sender()
    with open(path, "rb") as file:
        recorded = file.read()
    attacks = [
        # on the home agent
        mobility_packet(STRANGER, AGENT, registration(60000), home=CONTACT),
        mobility_packet(CONTACT, AGENT, registration(60001, lifetime=0)),
        mobility_packet(CONTACT, AGENT, registration(60002)),
        with_option(esp(0x9999)),
        with_option(esp(0x1001)),
        recorded,
        ipv6(STRANGER, AGENT, IPV6, ipv6(CONTACT, CLIENT, UDP, udp())),
        ipv6(MEMBER, AGENT, IPV6, mobility_packet(CONTACT, CLIENT, header(1, bytes(2) + cookie()))),
        # on the contact node
        mobility_packet(AGENT, CONTACT, header(BA, struct.pack("!BBHH", 0, 0, 1, 105))),
        mobility_packet(CLIENT, CONTACT, test(HOT, 1, cookie(), os.urandom(8))),
        mobility_packet(CLIENT, MEMBER, test(COT, 1, cookie(), os.urandom(8))),
        through_routing_header(header(BA, struct.pack("!BBHH", 0, 0, 1, 105) + bytes([1, 4]) + bytes(4) + bytes([5, 12]) + os.urandom(12))),
        mobility_packet(CLIENT, MEMBER, header(BE, bytes([1, 0]) + octets(CONTACT))),
        # on both: a message of no known type
        mobility_packet(CLIENT, AGENT, header(99, bytes(2))),
        mobility_packet(CLIENT, MEMBER, header(99, bytes(2))),
    ]
    sniffer = Sniffer("router-eth0")
    for packet in attacks:
        sender.send(packet)
        time.sleep(0.2)
    # What the stranger put into a tunnel must not come out of it towards the client.
    leaked = sniffer.wait(lambda seen, _: seen[0] == CONTACT and seen[1] == CLIENT, 0.5)
    print(json.dumps({"attacks": len(attacks), "leaked": leaked is not None}))


{"record": record, "attack": attack}[sys.argv[1]](*sys.argv[2:])
