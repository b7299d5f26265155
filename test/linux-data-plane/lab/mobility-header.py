"""Sends or receives one Mobility Header by a raw socket of its own, independent of the project's code.

mobility-header.py send SOURCE DESTINATION TYPE   TYPE: 1 = Home Test Init, 3 = Home Test, 5 = Binding Update
mobility-header.py record INTERFACE FILE        keeps the next ESP packet that comes in, whole; prints how long it is
mobility-header.py replay FILE                  sends it once more
mobility-header.py receive TYPE                   prints "source type" of the first one of that type
The kernel fills in the checksum.
"""
import socket
import sys

ETH_P_IPV6, ESP, HDRINCL = 0x86DD, 50, 36

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


def record(interface, path):
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IPV6))
    sniffer.bind((interface, ETH_P_IPV6))
    sniffer.settimeout(5)
    print("ready", flush=True)
    while True:
        packet = sniffer.recv(2048)
        if packet[6] == ESP:
            with open(path, "wb") as file:
                file.write(packet)
            print(len(packet))
            return


def replay(path):
    with open(path, "rb") as file:
        packet = file.read()
    sender = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sender.setsockopt(socket.IPPROTO_IPV6, HDRINCL, 1)
    sender.sendto(packet, (socket.inet_ntop(socket.AF_INET6, packet[24:40]), 0))


def main(verb, *words):
    if verb in ("record", "replay"):
        return {"record": record, "replay": replay}[verb](*words)
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
