"""A megabyte each way over one connection, every octet checked.

transfer.py serve ADDRESS PORT CONNECTIONS   prints "ready"; ends after so many connections
transfer.py run ADDRESS PORT                 prints "intact" when both directions were
transfer.py hold ADDRESS PORT                connects, says "ready", keeps the connection until its input ends
"""
import hashlib
import socket
import sys

OCTETS = 1 << 20


def pattern(seed):
    block = b"".join(hashlib.sha256(b"%s %d" % (seed, number)).digest() for number in range(OCTETS // 32))
    return block[:OCTETS]


def receive(connection, count):
    parts = []
    while count > 0:
        part = connection.recv(min(count, 1 << 16))
        if not part:
            raise SystemExit("the connection ended %d octets early" % count)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def serve(address, port, connections):
    listener = socket.create_server((address, int(port)), family=socket.AF_INET6)
    print("ready", flush=True)
    for _ in range(int(connections)):
        connection, _ = listener.accept()
        with connection:
            up = receive(connection, OCTETS)
            connection.sendall(b"y" if up == pattern(b"up") else b"n")
            connection.sendall(pattern(b"down"))
            connection.recv(1)


def run(address, port):
    with socket.create_connection((address, int(port)), 300) as connection:
        connection.sendall(pattern(b"up"))
        up = receive(connection, 1) == b"y"
        down = receive(connection, OCTETS) == pattern(b"down")
    print("intact" if up and down else "up %s, down %s" % (up, down))


def hold(address, port):
    with socket.create_connection((address, int(port)), 60):
        print("ready", flush=True)
        sys.stdin.read()


{"serve": serve, "run": run, "hold": hold}[sys.argv[1]](*sys.argv[2:])
