"""Sends or receives one Mobility Header by a raw socket of its own, independent of the project's code.

mobility-header.py send SOURCE DESTINATION TYPE   TYPE: 1 = Home Test Init, 3 = Home Test, 5 = Binding Update
mobility-header.py receive TYPE                   prints "source type" of the first one of that type
The kernel fills in the checksum.
"""
import socket
import sys

MOBILITY_HEADER = 135
NO_NEXT_HEADER = 59
BODIES = {
    1: bytes(2) + b"home-ini",
    3: bytes.fromhex("0007") + b"home-ini" + b"keygen-t",
    # sequence 1, acknowledge + home registration, lifetime 60 x 4 s, 4 octets of padding
    5: bytes.fromhex("0001c000003c01020000"),
}


def message(kind):
    body = BODIES[kind]
    length = (6 + len(body)) // 8 - 1
    return bytes([NO_NEXT_HEADER, length, kind, 0, 0, 0]) + body


def main(verb, *words):
    raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MOBILITY_HEADER)
    if verb == "send":
        source, destination, kind = words
        raw.bind((source, 0))
        raw.sendto(message(int(kind)), (destination, 0))
        return
    raw.settimeout(5)
    print("ready", flush=True)
    while True:
        octets, peer = raw.recvfrom(2048)
        if octets[2] == int(words[0]):
            print(peer[0], octets[2])
            return


main(*sys.argv[1:])
