"""In the router: packets with a Home Address option for which the client has no binding. Prints what comes back, as JSON."""
import json

from mip6 import BE, DSTOPTS, NONE, Sender, Sniffer, home_address_option, ipv6, text

CLIENT, HOME, CARE_OF = "2001:db8:c::2", "2001:db8:66::1", "2001:db8:66::2"
UDP = 17


def packet(port):
    import struct
    from mip6 import checksum
    data = struct.pack("!HHHH", port, 9, 12, 0) + b"data"
    data = data[:6] + struct.pack("!H", checksum(HOME, CLIENT, data, UDP)) + data[8:]
    return ipv6(CARE_OF, CLIENT, DSTOPTS, home_address_option(HOME, UDP) + data)


sender, sniffer = Sender(), Sniffer("router-eth0")
errors = []
for port in range(1, 21):
    sender.send(packet(port))
while True:
    seen = sniffer.message(BE, CARE_OF, 1.0)
    if seen is None:
        break
    source, destination, care_of, _, message = seen
    errors.append([source, destination, care_of, message[6], text(message[8:24])])
print(json.dumps(errors))
