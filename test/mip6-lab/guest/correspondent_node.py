"""A correspondent node (RFC 6275 sections 9 and 5.2) of its own: Python, raw sockets, `ip xfrm`. Takes our daemon's place.

Options, none needed: --node NAME, --events FILE (else standard error), --ready FILE (gets a line), --deletion home|care-of: the
address that the authenticator of a deletion has to cover (section 6.2.7; UMIP reads care-of). Shares no line with the project's code.
"""
import hashlib
import hmac
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

from mip6 import ACKNOWLEDGE, BA, BU, COT, COTI, HOME, HOT, HOTI, MH, header, octets, test, text

PKTINFO, RECVPKTINFO, RTHDR, RECVDSTOPTS, DSTOPTS = 50, 49, 57, 58, 59
NONCE_SECONDS, NONCE_VALID, MAX_LIFETIME = 30, 240, 420
SEQUENCE_OUT_OF_WINDOW, HOME_NOT_SUPPORTED, EXPIRED_HOME, EXPIRED_CARE_OF, EXPIRED_BOTH = 135, 131, 136, 137, 138

options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
deletion_covers = options.get("--deletion", "home")
if deletion_covers not in ("home", "care-of"):
    sys.exit(f"--deletion {deletion_covers}: give home or care-of")
name = options.get("--node", "other-correspondent-node")
events = open(options["--events"], "a", buffering=1) if "--events" in options else sys.stderr


def log(event, **fields):
    line = {"t": str(time.clock_gettime_ns(time.CLOCK_REALTIME)), "node": name, "event": event, **fields}
    print(json.dumps(line, separators=(",", ":")), file=events)


def ip(*lines):
    subprocess.run(["ip", "-batch", "-"], input="".join(line + "\n" for line in lines), text=True, check=True)


def prepare_kernel():
    ip(
        "xfrm state add src :: dst :: proto hao mode ro coa :: flag wildrecv sel src ::/0 dst ::/0",
        "xfrm policy add dir in src ::/0 dst ::/0 proto 135 type 5 ptype sub priority 9"
        " tmpl src :: dst :: proto hao mode ro level use",
        "xfrm policy add dir out src ::/0 dst ::/0 proto 135 ptype sub priority 12",
        "xfrm policy add dir out src ::/0 dst ::/0 proto 58 type 135 ptype sub priority 12",
        "xfrm policy add dir out src ::/0 dst ::/0 proto 58 type 136 ptype sub priority 3",
    )


def programme(verb, own, home, care_of):
    ip(
        f"xfrm state {verb} src {own} dst {home} proto route2 mode ro coa {care_of} sel src {own} dst {home}",
        f"xfrm state {verb} src {home} dst {own} proto hao mode ro coa {care_of} sel src {home} dst {own}",
        f"xfrm policy {verb} dir out src {own} dst {home} ptype sub priority 16"
        " tmpl src :: dst :: proto route2 mode ro level use",
        f"xfrm policy {verb} dir in src {home} dst {own} ptype sub priority 16"
        f" tmpl src {home} dst {own} proto hao mode ro level use",
    )


def unprogramme(own, home):
    ip(
        f"xfrm policy delete dir in src {home} dst {own} ptype sub",
        f"xfrm policy delete dir out src {own} dst {home} ptype sub",
        f"xfrm state delete src {home} dst {own} proto hao",
        f"xfrm state delete src {own} dst {home} proto route2",
    )


class Nonces:
    def __init__(self):
        self.made = {}
        self.last = -1

    def current(self):
        now = time.monotonic()
        if self.last < 0 or now - self.made[self.last][1] >= NONCE_SECONDS:
            self.last = (self.last + 1) % 65536
            self.made[self.last] = (os.urandom(8), now)
        return self.last, self.made[self.last][0]

    def find(self, index):
        value, since = self.made.get(index, (None, 0))
        return value if value is not None and time.monotonic() - since < NONCE_VALID else None


class CorrespondentNode:
    def __init__(self):
        self.kcn = os.urandom(20)
        self.nonces = Nonces()
        self.bindings = {}
        self.raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MH)
        for option in (RECVPKTINFO, RECVDSTOPTS):
            self.raw.setsockopt(socket.IPPROTO_IPV6, option, 1)

    def token(self, address, nonce, care_of):
        return hmac.new(self.kcn, octets(address) + nonce + bytes([care_of]), "sha1").digest()[:8]

    def serve(self):
        while True:
            data, ancillary, _, peer = self.raw.recvmsg(4096, 1024)
            own = care_of = None
            for level, kind, value in ancillary:
                if level == socket.IPPROTO_IPV6 and kind == PKTINFO:
                    own = text(value[:16])
                elif level == socket.IPPROTO_IPV6 and kind == DSTOPTS:
                    # The kernel has put the care-of address where the home address stood.
                    care_of = text(value[value.index(bytes([201, 16])) + 2:][:16])
            self.receive(data, peer[0], own, care_of)

    def receive(self, data, source, own, care_of):
        kind = data[2]
        if kind in (HOTI, COTI) and care_of is None and len(data) >= 16:
            index, nonce = self.nonces.current()
            token = self.token(source, nonce, kind == COTI)
            self.send(test(HOT if kind == HOTI else COT, index, data[8:16], token), own, source)
            log("answered", kind="HoT" if kind == HOTI else "CoT")
        elif kind == BU:
            self.update(data, source, own, care_of)

    def update(self, data, home, own, care_of):
        sequence, flags, units = struct.unpack("!HHH", data[6:12])
        indices = authenticator_at = None
        via = care_of or home
        at = 12
        while at < len(data):
            if data[at] == 0:
                at += 1
                continue
            if data[at] == 3:
                care_of = text(data[at + 2: at + 18])
            elif data[at] == 4:
                indices = struct.unpack("!HH", data[at + 2: at + 6])
            elif data[at] == 5:
                authenticator_at = at + 2
            at += 2 + data[at + 1]
        if flags & HOME:
            self.acknowledge(HOME_NOT_SUPPORTED, sequence, 0, own, home, via)
            return
        if indices is None or authenticator_at is None:
            return
        deletes = units == 0 or care_of in (None, home)
        home_nonce, care_of_nonce = map(self.nonces.find, indices)
        status = {(True, True): EXPIRED_BOTH, (True, False): EXPIRED_HOME, (False, True): EXPIRED_CARE_OF}.get(
            (home_nonce is None, care_of_nonce is None and not deletes))
        if status is not None:
            self.acknowledge(status, sequence, 0, own, home, via)
            return
        tokens = self.token(home, home_nonce, 0) + (b"" if deletes else self.token(care_of, care_of_nonce, 1))
        key = hashlib.sha1(tokens).digest()
        authorized = home if deletes and deletion_covers == "home" else care_of or home
        covered = data[:4] + bytes(2) + data[6:authenticator_at]
        expected = hmac.new(key, octets(authorized) + octets(own) + covered, "sha1").digest()[:12]
        if not hmac.compare_digest(expected, data[authenticator_at: authenticator_at + 12]):
            log("forged", deletes=deletes)
            return
        last = self.bindings.get((own, home))
        if last is not None and not 0 < (sequence - last["sequence"]) % 65536 < 32768:
            self.acknowledge(SEQUENCE_OUT_OF_WINDOW, last["sequence"], 0, own, home, via, key, authorized)
            return
        self.bind(own, home, care_of, sequence, deletes, last)
        granted = 0 if deletes else min(units, MAX_LIFETIME // 4)
        if flags & ACKNOWLEDGE:
            self.acknowledge(0, sequence, granted, own, home, via, key, authorized)

    def bind(self, own, home, care_of, sequence, deletes, last):
        bound = last is not None and last["care_of"] is not None
        if deletes and bound:
            unprogramme(own, home)
        elif not deletes:
            programme("update" if bound else "add", own, home, care_of)
        self.bindings[own, home] = {"sequence": sequence, "care_of": None if deletes else care_of}
        log("deleted" if deletes else "bound", homeAddress=home, careOfAddress=care_of, sequence=sequence)

    def acknowledge(self, status, sequence, units, own, home, via, key=None, authorized=None):
        body = struct.pack("!BBHH", status, 0, sequence, units)
        if key is None:
            message = header(BA, body)
        else:
            # Binding Authorization Data at 8n+2: behind 12 octets come 4 of padding and 2 of type and length.
            covered_body = body + bytes([1, 4]) + bytes(4) + bytes([5, 12])
            whole = header(BA, covered_body + bytes(12))
            covered = whole[: 6 + len(covered_body)]
            message = covered + hmac.new(key, octets(authorized) + octets(own) + covered, "sha1").digest()[:12]
        self.send(message, own, home, None if via == home else via)

    def send(self, message, source, destination, through=None):
        controls = [(socket.IPPROTO_IPV6, PKTINFO, octets(source) + bytes(4))]
        if through is not None:
            routing = bytes([0, 2, 2, 1, 0, 0, 0, 0]) + octets(through)
            controls.append((socket.IPPROTO_IPV6, RTHDR, routing))
        self.raw.sendmsg([message], controls, 0, (destination, 0))


def stop(*_):
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
prepare_kernel()
node = CorrespondentNode()
if "--ready" in options:
    with open(options["--ready"], "w") as ready:
        ready.write(name + "\n")
log("ready")
node.serve()
