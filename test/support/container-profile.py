"""Starts a program as the default seccomp profile of Docker and Podman does in one respect: personality(2) fails with EPERM but for a
few values, so that address randomisation cannot be switched off. Usage: container-profile.py PROGRAM ARGUMENT…"""

import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06  # words of struct seccomp_data, see seccomp(2)
NUMBER_AT, ARGUMENT_AT = 0, 16
ALLOW, FAIL = 0x7FFF0000, 0x00050000
PERSONALITY = 135  # x86-64
PERMITTED = [0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF]


def filter_program():
    last = len(PERMITTED)
    yield LOAD, 0, 0, NUMBER_AT
    yield JUMP_EQUAL, 0, last + 2, PERSONALITY
    yield LOAD, 0, 0, ARGUMENT_AT
    for index, value in enumerate(PERMITTED):
        yield JUMP_EQUAL, last - index, 0, value
    yield RETURN, 0, 0, FAIL | errno.EPERM
    yield RETURN, 0, 0, ALLOW


instructions = [struct.pack("HBBI", *one) for one in filter_program()]
code = ctypes.create_string_buffer(b"".join(instructions))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
for arguments in (
    (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
    (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_void_p(ctypes.addressof(program)), 0, 0),
):
    if libc.prctl(*arguments) != 0:
        sys.exit(f"container-profile: prctl: {os.strerror(ctypes.get_errno())}")
os.execvp(sys.argv[1], sys.argv[1:])
