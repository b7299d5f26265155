"""Messages to and from a packet queue as libnetfilter_queue 1.0.5 and libmnl 1.0.4 (Debian) write them: python3 make-queue-messages.py >queue-messages.json

The libraries are the independent encoder: what this repository sends, and what it reads, is compared with this file.
"""

import ctypes
import json
import struct

queue = ctypes.CDLL("libnetfilter_queue.so.1")
netlink = ctypes.CDLL("libmnl.so.0")
queue.nfq_nlmsg_put.restype = ctypes.c_void_p

NUMBER = 0x4801
PACKET, VERDICT, CONFIGURE = 0, 1, 2
BIND, COPY_PACKET = 1, 2
DROP, ACCEPT = 0, 1
ACK = 4


def message(kind, flags, put):
    """One message, its sequence number 0, as hexadecimal octets."""
    octets = ctypes.create_string_buffer(8192)
    header = ctypes.c_void_p(queue.nfq_nlmsg_put(octets, kind, NUMBER))
    # As the library's own example does: nlh->nlmsg_flags |= NLM_F_ACK.
    struct.pack_into("=H", octets, 6, struct.unpack_from("=H", octets, 6)[0] | flags)
    put(header)
    length = struct.unpack_from("=I", octets.raw)[0]
    return octets.raw[:length].hex()


def packet(header):
    """As the kernel writes it (nfnetlink_queue.c): packet header, input device, payload."""
    netlink.mnl_attr_put(header, 1, ctypes.c_size_t(7), struct.pack(">IHB", 0x01020304, 0x86DD, 1))
    netlink.mnl_attr_put(header, 5, ctypes.c_size_t(4), struct.pack(">I", 3))
    netlink.mnl_attr_put(header, 10, ctypes.c_size_t(len(PAYLOAD)), PAYLOAD)


PAYLOAD = bytes(range(45))

print(
    json.dumps(
        {
            "comment": "made by make-queue-messages.py with libnetfilter_queue 1.0.5",
            "number": NUMBER,
            "bind": message(CONFIGURE, ACK, lambda h: queue.nfq_nlmsg_cfg_put_cmd(h, 0, BIND)),
            "parameters": message(
                CONFIGURE, ACK, lambda h: queue.nfq_nlmsg_cfg_put_params(h, COPY_PACKET, 0xFFFF)
            ),
            "longest": message(CONFIGURE, ACK, lambda h: queue.nfq_nlmsg_cfg_put_qmaxlen(h, 16384)),
            "accept": message(VERDICT, 0, lambda h: queue.nfq_nlmsg_verdict_put(h, 0x01020304, ACCEPT)),
            "drop": message(VERDICT, 0, lambda h: queue.nfq_nlmsg_verdict_put(h, 0xFFFFFFFF, DROP)),
            "packet": message(PACKET, 0, packet),
            "payload": PAYLOAD.hex(),
        },
        indent=2,
    )
)
