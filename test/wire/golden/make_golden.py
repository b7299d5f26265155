#!/usr/bin/env python3
"""Writes golden.json: Mobile IPv6 packets built by scapy, next to the field values they were built from.

    apt-get install python3-scapy && python3 test/wire/golden/make_golden.py

Scapy is an encoder independent of mip6/wire: it lays out the fields, aligns and pads the options and computes the
checksum with its own code. Authenticators are computed here with hashlib and hmac. The output depends on nothing but
this file and scapy's version, which it names.
"""
import hashlib
import hmac
import ipaddress
import json
import pathlib
import random
import re
import sys

import scapy
from scapy.layers.inet import TCP
from scapy.layers.inet6 import (
    HAO, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting, MIP6MH_BA, MIP6MH_BE, MIP6MH_BRR, MIP6MH_BU, MIP6MH_CoT, MIP6MH_CoTI, MIP6MH_Generic,
    MIP6MH_HoT, MIP6MH_HoTI, MIP6OptAltCoA, MIP6OptBindingAuthData, MIP6OptBRAdvice, MIP6OptNonceIndices,
    MIP6OptUnknown, Pad1, PadN, RouterAlert)

HOME, CARE_OF, CORRESPONDENT = "2001:db8:1::100", "2001:db8:2::2", "2001:db8:c::2"
RANDOM_CASES_PER_MESSAGE = 10
rng = random.Random(6275)


def octets(value):
    return {"hex": bytes(value).hex()}


def raw(address):
    return ipaddress.IPv6Address(address).packed


# One function per option and message: the value as mip6/wire says it, and scapy's object for it.

def refresh_advice(units):
    return {"kind": "binding-refresh-advice", "intervalSeconds": 4 * units}, MIP6OptBRAdvice(rinter=units)


def alternate_care_of(address):
    return {"kind": "alternate-care-of-address", "address": address}, MIP6OptAltCoA(acoa=address)


def nonce_indices(home, care_of):
    value = {"kind": "nonce-indices", "homeNonceIndex": home, "careOfNonceIndex": care_of}
    return value, MIP6OptNonceIndices(olen=4, hni=home, coni=care_of)


def authorization(data):
    value = {"kind": "binding-authorization-data", "authenticator": octets(data)}
    return value, MIP6OptBindingAuthData(olen=12, authenticator=int.from_bytes(data, "big"))


def unknown_option(option_type, data):
    return {"kind": "unknown", "type": option_type, "data": octets(data)}, MIP6OptUnknown(otype=option_type, odata=data)


def split(options):
    return [value for value, _ in options], [packet for _, packet in options]


def refresh_request(options=()):
    values, packets = split(options)
    return {"kind": "binding-refresh-request", "options": values}, MIP6MH_BRR(options=packets)


def test_init(kind, cookie, options=()):
    values, packets = split(options)
    name = "homeInitCookie" if kind == "home-test-init" else "careOfInitCookie"
    header = MIP6MH_HoTI if kind == "home-test-init" else MIP6MH_CoTI
    mhtype = 1 if kind == "home-test-init" else 2
    return {"kind": kind, name: octets(cookie), "options": values}, header(mhtype=mhtype, cookie=cookie, options=packets)


def test(kind, index, cookie, token, options=()):
    values, packets = split(options)
    prefix = "home" if kind == "home-test" else "careOf"
    header = MIP6MH_HoT if kind == "home-test" else MIP6MH_CoT
    value = {"kind": kind, f"{prefix}NonceIndex": index, f"{prefix}InitCookie": octets(cookie),
             f"{prefix}KeygenToken": octets(token), "options": values}
    return value, header(mhtype=3 if kind == "home-test" else 4, index=index, cookie=cookie, token=token, options=packets)


def update(sequence, flags, units, options=()):
    values, packets = split(options)
    value = {"kind": "binding-update", "sequence": sequence, "acknowledge": "A" in flags, "homeRegistration": "H" in flags,
             "linkLocalCompatibility": "L" in flags, "keyManagement": "K" in flags, "lifetimeSeconds": 4 * units,
             "options": values}
    return value, MIP6MH_BU(seq=sequence, flags=flags, mhtime=units, options=packets)


def acknowledgement(status, key_management, sequence, units, options=()):
    values, packets = split(options)
    value = {"kind": "binding-acknowledgement", "status": status, "keyManagement": key_management, "sequence": sequence,
             "lifetimeSeconds": 4 * units, "options": values}
    return value, MIP6MH_BA(status=status, flags="K" if key_management else 0, seq=sequence, mhtime=units, options=packets)


def error(status, home_address):
    return {"kind": "binding-error", "status": status, "homeAddress": home_address, "options": []}, \
        MIP6MH_BE(status=status, ha=home_address)


def unknown_message(mh_type, data):
    return {"kind": "unknown", "mhType": mh_type, "data": octets(data)}, MIP6MH_Generic(mhtype=mh_type, msg=data)


def carry(header, home_option, routing_header):
    """The Mobility Header in an IPv6 packet; the pseudo-header's end points as we expect scapy to see them."""
    packet = IPv6(src=CARE_OF, dst=CORRESPONDENT)
    if routing_header:
        packet = packet / IPv6ExtHdrRouting(type=2, segleft=1, addresses=[HOME])
    if home_option:
        packet = packet / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOME)])
    whole = bytes(packet / header)
    return {"packet": whole.hex(), "source": HOME if home_option else CARE_OF,
            "destination": HOME if routing_header else CORRESPONDENT,
            "homeAddressOption": HOME if home_option else None, "routingHeader2": HOME if routing_header else None,
            "mobilityHeader": whole[40 + 24 * (home_option + routing_header):].hex()}


def case(name, built, home_option=False, routing_header=False, emits=True, **extra):
    value, header = built
    return {"name": name, "message": value, "emits": emits, **carry(header, home_option, routing_header), **extra}


def named_cases():
    cookie, token = bytes(range(1, 9)), bytes(range(0xF0, 0xF8))
    mac = bytes(range(0xA0, 0xAC))
    return [
        case("binding refresh request", refresh_request()),
        case("home test init", test_init("home-test-init", cookie)),
        case("care-of test init", test_init("care-of-test-init", cookie)),
        case("home test", test("home-test", 0x1234, cookie, token)),
        case("care-of test", test("care-of-test", 0xFFFF, cookie, token)),
        case("binding update without options", update(1, "A", 105)),
        case("home registration", update(0xFFFF, "AHLK", 0xFFFF, [alternate_care_of(CARE_OF)]), home_option=True),
        case("binding update, nonce indices first",
             update(2, "A", 105, [nonce_indices(3, 4), alternate_care_of(CARE_OF), authorization(mac)]), home_option=True),
        case("binding update, alternate care-of address first",
             update(2, "A", 105, [alternate_care_of(CARE_OF), nonce_indices(3, 4), authorization(mac)]), home_option=True),
        case("de-registration", update(3, "A", 0, [nonce_indices(3, 4), authorization(mac)])),
        case("binding acknowledgement", acknowledgement(0, False, 2, 105, [authorization(mac)]), routing_header=True),
        case("binding acknowledgement with refresh advice",
             acknowledgement(1, True, 2, 105, [refresh_advice(50), authorization(mac)]), routing_header=True),
        case("rejection", acknowledgement(135, False, 9, 0)),
        case("binding error", error(1, HOME)),
        case("binding error without home address", error(2, "::")),
        case("unknown option", update(1, "", 1, [unknown_option(200, b"abc")])),
        case("unknown option without data", update(1, "", 1, [unknown_option(11, b"")])),
        case("unknown message", unknown_message(77, bytes(range(26)))),
        case("between two mobile nodes", update(7, "A", 1), home_option=True, routing_header=True),
    ] + [case(f"binding update flag {flag}", update(1, flag, 1)) for flag in "AHLK"]


def tolerated_cases():
    """Legal octets that our emitter would lay out differently: parsed only."""
    value, _ = update(1, "A", 1, [nonce_indices(1, 2)])
    padded = MIP6MH_BU(seq=1, flags="A", mhtime=1, autopad=0, options=[
        Pad1(), Pad1(), PadN(optdata=b"\xff\xff"), MIP6OptNonceIndices(olen=4, hni=1, coni=2), PadN(optdata=b"\xff\xff"), Pad1(),
        Pad1(), Pad1(), Pad1()])
    reserved = MIP6MH_BU(seq=1, flags="APRM", reserved=0x1FF, res=0xEE, mhtime=1, options=[
        MIP6OptNonceIndices(olen=4, hni=1, coni=2)])
    misaligned, _ = update(1, "A", 1, [alternate_care_of(CARE_OF)])
    unaligned = MIP6MH_BU(seq=1, flags="A", mhtime=1, autopad=0, options=[
        MIP6OptAltCoA(acoa=CARE_OF), PadN(optdata=b"")])
    return [
        case("odd padding", (value, padded), emits=False),
        case("reserved bits set", (value, reserved), emits=False),
        case("alternate care-of address without its alignment", (misaligned, unaligned), emits=False),
    ]


def authorized_case(name, build, home_option, routing_header):
    """Computes the authenticator from scapy's octets, then builds the message again with it."""
    home_token, care_of_token = rng.randbytes(8), rng.randbytes(8)
    kbm = hashlib.sha1(home_token + care_of_token).digest()
    blank = carry(build(bytes(12))[1], home_option, routing_header)
    mh = bytearray.fromhex(blank["mobilityHeader"])
    mh[4:6] = b"\0\0"
    mac = hmac.new(kbm, raw(CARE_OF) + raw(CORRESPONDENT) + bytes(mh[:-12]), hashlib.sha1).digest()[:12]
    return case(name, build(mac), home_option, routing_header,
                authorization={"kbm": octets(kbm), "careOfAddress": CARE_OF, "correspondent": CORRESPONDENT})


def authorized_cases():
    return [
        authorized_case("authorised binding update",
                        lambda mac: update(8, "A", 105, [nonce_indices(5, 6), authorization(mac)]), True, False),
        authorized_case("authorised binding update with alternate care-of address",
                        lambda mac: update(8, "A", 105, [nonce_indices(5, 6), alternate_care_of(CARE_OF), authorization(mac)]),
                        True, False),
        authorized_case("authorised binding acknowledgement",
                        lambda mac: acknowledgement(0, False, 8, 105, [authorization(mac)]), False, True),
    ]


def random_address():
    return str(ipaddress.IPv6Address(raw("2001:db8::")[:4] + rng.randbytes(12)))


def random_options():
    makers = [
        lambda: refresh_advice(rng.randrange(1 << 16)),
        lambda: alternate_care_of(random_address()),
        lambda: nonce_indices(rng.randrange(1 << 16), rng.randrange(1 << 16)),
        lambda: unknown_option(rng.randrange(64, 256), rng.randbytes(rng.randrange(20))),
    ]
    options = [rng.choice(makers)() for _ in range(rng.randrange(5))]
    return options + ([authorization(rng.randbytes(12))] if rng.random() < 0.5 else [])


def random_cases():
    u16 = lambda: rng.randrange(1 << 16)
    makers = [
        lambda: refresh_request(random_options()),
        lambda: test_init("home-test-init", rng.randbytes(8), random_options()),
        lambda: test_init("care-of-test-init", rng.randbytes(8), random_options()),
        lambda: test("home-test", u16(), rng.randbytes(8), rng.randbytes(8), random_options()),
        lambda: test("care-of-test", u16(), rng.randbytes(8), rng.randbytes(8), random_options()),
        lambda: update(u16(), "".join(f for f in "AHLK" if rng.random() < 0.5), u16(), random_options()),
        lambda: acknowledgement(rng.randrange(256), rng.random() < 0.5, u16(), u16(), random_options()),
        lambda: error(rng.randrange(256), random_address()),
        lambda: unknown_message(rng.randrange(32, 256), rng.randbytes(2 + 8 * rng.randrange(8))),
    ]
    return [case(f"random {index}.{number}", make(), rng.random() < 0.5, rng.random() < 0.5)
            for index, make in enumerate(makers) for number in range(RANDOM_CASES_PER_MESSAGE)]


def packet_cases():
    """Packets with other extension headers, for the walk to the upper protocol."""
    ip = lambda: IPv6(src=CARE_OF, dst=CORRESPONDENT, hlim=61, tc=0x2E, fl=0xABCDE)
    tcp = TCP(sport=8080, dport=40000, flags="A")
    built = {
        "tcp": (ip() / tcp / b"data", 6, []),
        "hop-by-hop, destination options": (
            ip() / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOME)]) / tcp, 6,
            ["hop-by-hop-options", "destination-options"]),
        "type 0 routing header": (ip() / IPv6ExtHdrRouting(type=0, segleft=0, addresses=[HOME]) / tcp, 6, ["routing"]),
        "type 2 routing header, home address option, tcp": (
            ip() / IPv6ExtHdrRouting(type=2, segleft=1, addresses=[HOME]) / IPv6ExtHdrDestOpt(options=[HAO(hoa=HOME)]) / tcp / b"data", 6,
            ["type2-routing", "destination-options"]),
        "first fragment": (ip() / IPv6ExtHdrFragment(m=1, offset=0, id=0xDEADBEEF, nh=6) / tcp, 6, ["fragment"]),
        "later fragment": (ip() / IPv6ExtHdrFragment(m=0, offset=100, id=0xDEADBEEF, nh=60) / (b"\xff" * 20), 60, ["fragment"]),
        "home test init in a tunnel": (
            IPv6(src=CARE_OF, dst="2001:db8:1::1") / IPv6(src=HOME, dst=CORRESPONDENT) / MIP6MH_HoTI(cookie=b"12345678"), 41, []),
        "opaque esp": (IPv6(src=CARE_OF, dst=CORRESPONDENT, nh=50) / bytes(range(40)), 50, []),
    }
    return [{"name": name, "packet": bytes(packet).hex(), "nextHeader": next_header, "extensionHeaders": kinds}
            for name, (packet, next_header, kinds) in built.items()]


def one_line_lists(text):
    """Lists of strings on one line, as the project's formatter has them."""
    strings = r'\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\]'
    return re.sub(strings, lambda match: "[" + re.sub(r",\s+", ", ", match[1]) + "]", text)


def main():
    golden = {
        "encoder": f"scapy {scapy.VERSION}",
        "messages": named_cases() + tolerated_cases() + authorized_cases() + random_cases(),
        "packets": packet_cases(),
    }
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(one_line_lists(json.dumps(golden, indent=2)) + "\n")
    print(f"{path}: {len(golden['messages'])} messages, {len(golden['packets'])} packets")
    return 0


if __name__ == "__main__":
    sys.exit(main())
