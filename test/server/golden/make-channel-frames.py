#!/usr/bin/env python3
"""Writes channel-frames.json: frames of the member-to-member channel, version 1, next to the field values they were built from.

    python3 test/server/golden/make-channel-frames.py

Written from docs/member-channel.md alone, with Python's own struct, ipaddress and hmac: an implementation that shares nothing with
server/. The output depends on nothing but this file.
"""
import hashlib
import hmac
import ipaddress
import json
import pathlib
import struct

CONTACT, FURTHER, CLIENT = "2001:db8:1::100", "2001:db8:1:2::101", "2001:db8:c::2"
NODE1, NODE2, HOME_AGENT = "2001:db8:1::2", "2001:db8:2::2", "2001:db8:1::1"


def address(text):
    return ipaddress.IPv6Address(text).packed


def u8(number):
    return struct.pack("!B", number)


def u16(number):
    return struct.pack("!H", number)


def u32(number):
    return struct.pack("!I", number)


def octets(text):
    """A field of octets as the JSON has it."""
    return {"hex": text}


def ports(connections):
    return b"".join(u16(one["clientPort"]) + u16(one["servicePort"]) for one in connections)


FRAMES = []


def frame(kind, number, body, /, **fields):
    message = u8(number) + body
    FRAMES.append({"frame": {"kind": kind, **fields}, "octets": (u32(len(message)) + message).hex()})


# Greeting
frame("hello", 1, address(NODE1) + u32(0x01020304) + u8(1) + u8(0) + u32(1),
      careOfAddress=NODE1, incarnation=0x01020304, announced={"newest": 1, "oldest": 0, "capabilities": 1})
frame("padding", 8, bytes(5), octets=5)

# Handoffs
PREPARE = u32(0x01020304) + address(CLIENT) + address(CONTACT)
frame("prepare", 2, PREPARE, handoff=0x01020304, client=CLIENT, contactAddress=CONTACT)
frame("prepare", 43, PREPARE, handoff=0x01020304, client=CLIENT, contactAddress=CONTACT, forwarded=[])


def init(handoff, sequence, tcp, application):
    tcp, application = bytes.fromhex(tcp), bytes.fromhex(application)
    return u32(handoff) + address(CLIENT) + address(CONTACT) + u16(sequence) + u32(len(tcp)) + tcp + application


frame("init", 3, init(3, 0xFFFE, "a1a2a3", "b1b2"), handoff=3, client=CLIENT, contactAddress=CONTACT, sequence=0xFFFE,
      tcpState=octets("a1a2a3"), applicationState=octets("b1b2"))
TWO = [{"clientPort": 40000, "servicePort": 8080}, {"clientPort": 40001, "servicePort": 80}]
frame("init", 44, u8(len(TWO)) + ports(TWO) + init(4, 7, "a1", ""), handoff=4, client=CLIENT, contactAddress=CONTACT,
      sequence=7, tcpState=octets("a1"), applicationState=octets(""), forwarded=TWO)
VARIANT = "010201"
TOLD = PREPARE + u8(3) + bytes.fromhex(VARIANT)
frame("prepare", 13, TOLD + u8(0), handoff=0x01020304, client=CLIENT, contactAddress=CONTACT, variant=octets(VARIANT))
frame("prepare", 13, TOLD + u8(1), handoff=0x01020304, client=CLIENT, contactAddress=CONTACT, variant=octets(VARIANT), forwarded=[])
STATES = u16(0xFFFE) + u32(3) + bytes.fromhex("a1a2a3b1b2")
INIT_FIELDS = {"handoff": 0x01020304, "client": CLIENT, "contactAddress": CONTACT, "variant": octets(VARIANT), "sequence": 0xFFFE,
               "tcpState": octets("a1a2a3"), "applicationState": octets("b1b2")}
frame("init", 14, TOLD + u8(0) + STATES, **INIT_FIELDS)
frame("init", 14, TOLD + u8(1) + u8(len(TWO)) + ports(TWO) + STATES, **INIT_FIELDS, forwarded=TWO)
frame("init", 14, TOLD + u8(2) + u16(0x0102) + bytes.fromhex("d1d2d3d4d5d6d7d8") + u32(60000) + STATES, **INIT_FIELDS,
      home={"homeNonceIndex": 0x0102, "homeKeygenToken": octets("d1d2d3d4d5d6d7d8"), "ageMs": 60000})
LONG = "0101010000010001ff"
frame("init", 14, PREPARE + u8(9) + bytes.fromhex(LONG) + u8(0) + STATES, **{**INIT_FIELDS, "variant": octets(LONG)})
frame("prepared", 15, u32(5) + u16(0x0708) + bytes.fromhex("c1c2c3c4c5c6c7c8") + u32(70000) + u32(40250), handoff=5,
      careOfNonceIndex=0x0708, careOfKeygenToken=octets("c1c2c3c4c5c6c7c8"), ageMs=70000, tripMs=40.25)
frame("done", 4, u32(5) + u16(0x0506), handoff=5, sequence=0x0506)
frame("refuse", 5, u32(6) + u8(1) + "größer".encode(), handoff=6, bound=True, reason="größer")
frame("refuse", 5, u32(6) + u8(0), handoff=6, bound=False, reason="")
frame("cancel", 6, u32(7), handoff=7)
frame("released", 7, u32(8), handoff=8)
frame("ask", 9, u32(9), handoff=9)
frame("here", 10, u32(10), handoff=10)
frame("claim", 11, u32(11), handoff=11)
frame("grant", 12, u32(12), handoff=12)


# Connections that outlive their member
def survival(kind, type_number, body=b"", /, **fields):
    frame(kind, type_number, address(CONTACT) + body, contactAddress=CONTACT, **fields)


survival("replica", 20, address(CLIENT) + u32(7) + u16(0xFFFE) + u16(40000) + u32(3) + bytes.fromhex("a1a2a3b1b2"), client=CLIENT,
         number=7, takeover=0xFFFE, port=40000, tcpState=octets("a1a2a3"), applicationState=octets("b1b2"))
survival("replica-acknowledged", 21, address(CLIENT) + u32(0x01020304), client=CLIENT, number=0x01020304)
survival("replica-sequence", 22, address(CLIENT) + u32(8) + u16(513), client=CLIENT, number=8, takeover=513)
survival("replica-drop", 23, address(CLIENT) + u16(40000) + "größer".encode(), client=CLIENT, port=40000, reason="größer")
survival("replica-drop", 23, address(CLIENT) + u16(0), client=CLIENT, port=0, reason="")
survival("replica", 25, address(CLIENT) + u32(9) + u16(513) + u16(40001) + u32(3) + bytes.fromhex("a1a2a3b1b2"), client=CLIENT,
         number=9, takeover=513, port=40001, tcpState=octets("a1a2a3"), applicationState=octets("b1b2"), gated=True)
survival("replica-input", 26, address(CLIENT) + u32(10) + u16(40001) + u8(0) + u32(0xFFFFFFFE) + bytes.fromhex("c1c2c3"), client=CLIENT,
         number=10, port=40001, sequence=0xFFFFFFFE, octets=octets("c1c2c3"), ends=False)
survival("replica-input", 26, address(CLIENT) + u32(11) + u16(40001) + u8(1) + u32(1), client=CLIENT,
         number=11, port=40001, sequence=1, octets=octets(""), ends=True)
survival("replica-beat", 24, u32(41) + u32(40), number=41, answered=40)


frame("of-contact", 45, address(FURTHER) + u8(4) + u32(9) + u16(10), contactAddress=FURTHER,
      frame={"kind": "done", "handoff": 9, "sequence": 10})


# Contact addresses
def association(number, key_octets):
    return {"spi": 4096 + number, "requestId": number, "encryptionKey": octets(f"{number:02x}" * key_octets),
            "authenticationKey": octets(f"{16 + number:02x}" * 20)}


def packed_association(one):
    encryption, authentication = (bytes.fromhex(one[key]["hex"]) for key in ("encryptionKey", "authenticationKey"))
    return (u32(one["spi"]) + u32(one["requestId"]) + u8(len(encryption)) + encryption
            + u8(len(authentication)) + authentication)


def group(kind, number, epoch, body=b"", **fields):
    frame(kind, number, address(CONTACT) + u32(epoch) + body, contactAddress=CONTACT, epoch=epoch, **fields)


ASSOCIATIONS = {"bindingUpdates": association(1, 16), "bindingAcknowledgements": association(2, 24),
                "tunnelOut": association(3, 32), "tunnelIn": association(4, 16)}
group("contact-data", 32, 17, address(HOME_AGENT) + b"".join(map(packed_association, ASSOCIATIONS.values())),
      data={"homeAgent": HOME_AGENT, **ASSOCIATIONS})
group("contact-held", 33, 17)
for stage, name in enumerate(("claiming", "serving", "leaving")):
    group("contact-heartbeat", 34, 17, address(NODE1) + u8(stage) + u32(300) + u32(70000), holder=NODE1, stage=name,
          inbound={"bindingAcknowledgements": 300, "tunnelIn": 70000})
group("contact-withdrawn", 35, 18)
group("contact-hand-over", 36, 19)
group("contact-node", 37, 20, address(NODE2), contactNode=NODE2)


def entry(table, name, key, **fields):
    group("contact-entry", 38, 21, u8(table) + address(CLIENT) + key + address(NODE2) + u32(420000),
          entry={"table": name, "client": CLIENT, **fields, "member": NODE2, "lifetimeMs": 420000})


entry(0, "pending-handoff", bytes.fromhex("0102030405060708"), homeInitCookie=octets("0102030405060708"))
entry(1, "forwarding", u16(40000) + u16(8080), clientPort=40000, servicePort=8080)
entry(2, "bound", u16(0xFFFE), sequence=0xFFFE)
group("contact-doubt", 39, 22)
group("contact-bound", 40, 23, address(CLIENT) + u16(0xFFFE) + u32(420000), client=CLIENT, sequence=0xFFFE,
      lifetimeMs=420000)

group("contact-survey", 46, 28, address(NODE1) + u16(2) + address(CLIENT) + address(HOME_AGENT), dead=NODE1,
      clients=[CLIENT, HOME_AGENT])
group("contact-surveyed", 47, 28, address(NODE1) + u16(2) + address(CLIENT) + u8(1) + address(HOME_AGENT) + u8(0),
      dead=NODE1, clients=[{"client": CLIENT, "taken": True}, {"client": HOME_AGENT, "taken": False}])
group("contact-stray", 129, 22, address(CLIENT), client=CLIENT)

# Clients without Mobile IPv6
FORWARD = address(CONTACT) + address(CLIENT) + u16(9)
ABOUT = {"contactAddress": CONTACT, "client": CLIENT, "sequence": 9}
for number, wish in enumerate(("forward", "ended", "contest")):
    frame("forward", 41, FORWARD + u8(number) + ports(TWO), **ABOUT, what=wish, connections=TWO)
for number, outcome in enumerate(("accepted", "superseded", "refused")):
    frame("forwarded", 42, FORWARD + u8(number) + b"why", **ABOUT, outcome=outcome, reason="why")

# Members
frame("member-list", 48, address(NODE1) + address(NODE2), members=[NODE1, NODE2])
for number, status in enumerate(("joining", "serving", "leaving")):
    frame("member-status", 49, u8(number) + u32(3), status=status, clients=3)
frame("member-left", 50, b"")
frame("client-probe", 51, address(CLIENT), client=CLIENT)
frame("client-distance", 52, address(CLIENT) + u32(12345), client=CLIENT, roundTripMs=12.345)
frame("client-distance", 52, address(CLIENT) + u32(0xFFFFFFFF), client=CLIENT)

# Name server
group("zone-publish", 64, 24)
group("zone-withdraw", 65, 25)
for number, outcome in enumerate(("published", "withdrawn", "expired", "kept", "refused")):
    group("zone-state", 66, 26, u8(number) + u32(2024010101) + u32(31000), outcome=outcome, serial=2024010101,
          remainingMs=31000)
group("contact-retired", 67, 27)

# The channel itself
frame("not-understood", 128, u8(99) + u8(0), type=99)
frame("not-understood", 128, u8(45) + u8(99), type=45, inner=99)

# Keys
GROUP, TRUST = bytes(range(32)), bytes(range(32, 64))


def hmac_sha256(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


first, second = sorted((NODE1, NODE2))
GROUP_PAIR = hmac_sha256(GROUP, f"member-to-member channel|{first}|{second}".encode())
TRUST_PAIR = hmac_sha256(TRUST, b"trusted member-to-member channel|" + GROUP_PAIR)
KEYS = {
    "members": [NODE1, NODE2],
    "groupKey": GROUP.hex(),
    "trustKey": TRUST.hex(),
    "groupPairKey": GROUP_PAIR.hex(),
    "trustPairKey": TRUST_PAIR.hex(),
    "identities": [
        {"caller": NODE2, "identity": NODE2},
        {"caller": NODE2, "groupId": "2026-11", "identity": f"{NODE2}#2026-11"},
        {"caller": NODE2, "trusted": True, "identity": f"{NODE2}/"},
        {"caller": NODE2, "groupId": "a", "trusted": True, "trustId": "b", "identity": f"{NODE2}#a/b"},
    ],
}

path = pathlib.Path(__file__).with_name("channel-frames.json")
path.write_text(json.dumps({"frames": FRAMES, "keys": KEYS}, indent=1, ensure_ascii=False) + "\n")
