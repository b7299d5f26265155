"""Attacks on a client's bindings, from the router; a second client, another correspondent node, stands behind router-eth2. Argument: process id of the correspondent node. Prints a JSON report:
attack -> [status of the Binding Acknowledgement that came back or null, whether the client's xfrm state stayed as it was].
"""
import json
import os
import subprocess
import sys
import time

from mip6 import (ACKNOWLEDGE, BA, BU, COT, COTI, HOME, HOT, HOTI, ICMPV6, MH, Sender, Sniffer, binding_key, binding_update, cookie,
                  mobility_packet, sealed, test_init)

CLIENT, CONTACT, MEMBER = "2001:db8:c::2", "2001:db8:1::100", "2001:db8:1::2"
OTHER_CLIENT = "2001:db8:2::1"
OWN_HOME, OWN_CARE_OF, OTHER = "2001:db8:66::1", "2001:db8:66::2", "2001:db8:66::3"
LIFETIME = 105

sender, sniffer, other_sniffer = Sender(), Sniffer("router-eth0"), Sniffer("router-eth2")
report = {}


def kernel():
    words = ["nsenter", "--net=/run/netns/client", "bash", "-c", "ip xfrm state; ip xfrm policy"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def attack(name, packet, answer_to=OWN_HOME):
    """Sends it; waits for the acknowledgement, which is on its way to `answer_to` by a routing header."""
    before = kernel()
    sniffer.empty()
    sender.send(packet)
    seen = sniffer.message(BA, answer_to, 0.5)
    report[name] = [None if seen is None else seen[4][6], kernel() == before]


def token(kind, source, client=CLIENT, ear=sniffer):
    """Return routability like any mobile node's: the answer's (nonce index, token)."""
    mine = cookie()
    sender.send(mobility_packet(source, client, test_init(kind, mine)))
    message = ear.message(HOT if kind == HOTI else COT, source)[4]
    assert message[8:16] == mine
    return int.from_bytes(message[6:8], "big"), message[16:24]


def update(sequence, *, home=OWN_HOME, source=OWN_CARE_OF, lifetime=LIFETIME, flags=ACKNOWLEDGE, **options):
    message = binding_update(sequence, lifetime, flags, correspondent=CLIENT, **options)
    return mobility_packet(source, CLIENT, message, home=home)


def victim():
    """Lets the client connect, and keeps the member's Binding Update and the connection."""
    code = "import socket, sys; s = socket.create_connection(('%s', 8080)); sys.stdin.read()" % CONTACT
    words = ["nsenter", "--net=/run/netns/client", "/usr/bin/python3", "-c", code]
    client = subprocess.Popen(words, stdin=subprocess.PIPE)
    _, packet = sniffer.wait(lambda seen, _: seen[0] == CONTACT and seen[3] == MH and seen[4][2] == BU, 5)
    assert sniffer.message(BA, CONTACT) is not None
    time.sleep(0.5)
    return client, packet


client, members_update = victim()
home_index, home_token = token(HOTI, OWN_HOME)
care_of_index, care_of_token = token(COTI, OWN_CARE_OF)
indices = (home_index, care_of_index)
key = binding_key(home_token, care_of_token)
own = {"indices": indices, "key": key, "authorized": OWN_CARE_OF}
others_token = token(HOTI, OWN_HOME, OTHER_CLIENT, other_sniffer)[1]

attack("random authenticator", update(40000, home=CONTACT, indices=indices, authenticator=os.urandom(12)), CONTACT)
attack("own tokens for the contact address", update(40000, home=CONTACT, **own), CONTACT)
attack("deletion with the own home token",
       update(40000, home=CONTACT, lifetime=0, indices=(home_index, 0), key=binding_key(home_token), authorized=CONTACT), CONTACT)
attack("care-of address never tested", update(1, alternate=OTHER, indices=indices, key=key, authorized=OTHER))
attack("Home Test of another client",
       update(1, indices=indices, key=binding_key(others_token, care_of_token), authorized=OWN_CARE_OF))
attack("no authorization data", update(1, indices=indices))
attack("no nonce indices", update(1, key=key, authorized=OWN_CARE_OF))
attack("home registration", update(1, flags=ACKNOWLEDGE | HOME, key=key, authorized=OWN_CARE_OF))
attack("replay of the member's update", members_update, CONTACT)

legal = update(65535, **own)
BEHIND_OPTION = 40 + 24


def spoilt(at, value):
    """The legal update with another octet in its Mobility Header; but for the checksum's own octets the checksum is right."""
    message = bytearray(legal[BEHIND_OPTION:])
    message[at] ^= value
    whole = message if at in (4, 5) else sealed(bytes(message), OWN_HOME, CLIENT)
    return legal[:BEHIND_OPTION] + bytes(whole)


def problem_of(packet):
    """(code, pointer) of the ICMPv6 Parameter Problem that the client's kernel sends to the packet's source."""
    sniffer.empty()
    sender.send(packet)
    seen = sniffer.wait(lambda dissected, _: dissected[3] == ICMPV6 and dissected[4][0] == 4, 1)
    return None if seen is None else [seen[0][1], seen[0][4][1], int.from_bytes(seen[0][4][4:8], "big")]


attack("wrong checksum", spoilt(5, 1))
attack("Payload Proto that is not 59", spoilt(0, 1))
report["Parameter Problem for Payload Proto"] = problem_of(spoilt(0, 1))
report["Parameter Problem for Header Len"] = problem_of(
    mobility_packet(OWN_HOME, CLIENT, bytes([59, 0, HOTI, 0, 0, 0, 0, 0])))
attack("legal", legal)
attack("replay", legal)
attack("home registration over the binding", update(1, flags=ACKNOWLEDGE | HOME))
attack("circular reference", update(1, home=OWN_CARE_OF, source=OTHER, alternate=OWN_HOME, indices=indices, authenticator=os.urandom(12)), OWN_CARE_OF)
attack("across the wrap", update(10, **own))
attack("before the wrap", update(65535, **own))
attack("half the number space ahead", update((10 + 32768) % 65536, **own))
strange = (indices[0] ^ 0x4000, indices[1] ^ 0x4000)
attack("home nonce never given", update(11, indices=(strange[0], indices[1]), key=key, authorized=OWN_CARE_OF))
attack("care-of nonce never given", update(11, indices=(indices[0], strange[1]), key=key, authorized=OWN_CARE_OF))
attack("nonces never given", update(11, indices=strange, key=key, authorized=OWN_CARE_OF))


def resident():
    with open("/proc/%s/status" % sys.argv[1]) as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def flood(count):
    for number in range(count):
        sender.send(mobility_packet(OWN_HOME, CLIENT, test_init(HOTI, cookie())))
        if number % 50 == 49:
            time.sleep(0.01)
    time.sleep(0.1)


flood(500)
before, state, log = resident(), kernel(), os.path.getsize("correspondent-node.jsonl")
flood(4000)
report["flood"] = {
    "unchanged": kernel() == state,
    "logged": os.path.getsize("correspondent-node.jsonl") - log,
    "grownKb": resident() - before,
}

time.sleep(250)
attack("expired nonces", update(12, **own))
client.stdin.close()
client.wait()
print(json.dumps(report))
