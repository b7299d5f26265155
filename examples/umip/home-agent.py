"""Starts UMIP's mip6d as the home agent of a testbed in the place of ours.

usage: home-agent.py MIP6D CONFIG INTERFACE, as in
    bin/handoff-lab run fig12 --replace 'ha1=exec python3 /opt/umip/home-agent.py /opt/umip/mip6d {config} {interface}'

CONFIG is the JSON that our home agent would have got (nodes/home-agent/home-agent-config.ts). Of it are made: the ESP associations of each
contact address (mip6d takes them as they are and moves them with the care-of address), mip6d's configuration, and Router Advertisements on
the home link: mip6d learns its own home prefix from them, and without one refuses every registration with 132 (not home subnet).
"""

import json
import os
import socket
import struct
import subprocess
import sys
import time

CONFIGURATION = "/run/job/mip6d-home-agent.conf"
SECONDS_BETWEEN_ADVERTISEMENTS = 3


def add_association(source, destination, association, mode):
    subprocess.run(
        ["ip", "xfrm", "state", "add", "src", source, "dst", destination, "proto", "esp",
         "spi", str(association["spi"]), "reqid", str(association["requestId"]), "mode", mode, "replay-window", "32",
         "enc", "cbc(aes)", "0x" + association["encryptionKey"],
         "auth", "hmac(sha1)", "0x" + association["authenticationKey"]],
        check=True,
    )  # fmt: skip


def policy_set(agent, home_address, length, associations):
    """mip6d's clause for one contact address; request ids towards the home agent come first."""
    number = {name: association["requestId"] for name, association in associations.items()}
    return (
        f"IPsecPolicySet {{\n  HomeAgentAddress {agent};\n  HomeAddress {home_address}/{length};\n"
        f"  IPsecPolicy HomeRegBinding UseESP {number['bindingUpdates']} {number['bindingAcknowledgements']};\n"
        f"  IPsecPolicy TunnelMh UseESP {number['tunnelOut']} {number['tunnelIn']};\n}}\n"
    )


def advertisement(agent, length):
    """A Router Advertisement of a home agent: H bit, prefix with the agent's own address (R bit), RFC 6275 §7.1 to §7.4."""
    header = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0x20, 1800, 0, 0)
    prefix = struct.pack("!BBBBIII", 3, 4, length, 0xE0, 86400, 86400, 0) + socket.inet_pton(socket.AF_INET6, agent)
    information = struct.pack("!BBHHH", 8, 1, 0, 10, 1800)
    return header + prefix + information


def advertise(interface, message):
    """Until the process group is ended, as the lab does at the end."""
    index = socket.if_nametoindex(interface)
    sender = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    for option, value in (
        (socket.IPV6_MULTICAST_HOPS, 255),
        (socket.IPV6_MULTICAST_LOOP, 1),
        (socket.IPV6_MULTICAST_IF, index),
    ):
        sender.setsockopt(socket.IPPROTO_IPV6, option, value)
    while True:
        sender.sendto(message, ("ff02::1", 0, 0, index))
        time.sleep(SECONDS_BETWEEN_ADVERTISEMENTS)


def main(program, config_file, interface):
    with open(config_file, encoding="utf-8") as file:
        config = json.load(file)
    agent, length = config["address"], int(config["prefix"].split("/")[1])
    text = f'NodeConfig HA;\nDebugLevel 10;\nInterface "{interface}";\nUseMnHaIPsec enabled;\n'
    for served in config["homeAddresses"]:
        home, associations = served["address"], served["associations"]
        add_association(home, agent, associations["bindingUpdates"], "transport")
        add_association(agent, home, associations["bindingAcknowledgements"], "transport")
        add_association(home, agent, associations["tunnelOut"], "tunnel")
        add_association(agent, home, associations["tunnelIn"], "tunnel")
        text += policy_set(agent, home, length, associations)
    with open(CONFIGURATION, "w", encoding="utf-8") as file:
        file.write(text)
    if os.fork() == 0:
        advertise(interface, advertisement(agent, length))
    os.execv(program, [program, "-c", CONFIGURATION, "-d", "10"])


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: home-agent.py MIP6D CONFIG INTERFACE")
    main(*sys.argv[1:])
