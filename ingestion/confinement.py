"""What a process that opens files of strangers gives up: the network, other programs, memory without end."""

from __future__ import annotations

import ctypes
import errno
import platform
import resource
import struct
import sys

# Numbers of system calls: socket, execve, execveat, io_uring_setup (which can open a socket too), ptrace.
_FORBIDDEN = {"x86_64": (41, 59, 322, 425, 101), "aarch64": (198, 221, 281, 425, 117)}
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
# The other way of calling the kernel on x86-64; its calls have numbers of their own.
_X32_CALLS = 0x40000000
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1
_FORBIDDEN_EVENTS = ("socket.__new__", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system")


def give_up_network_and_programs() -> None:
    """From here on this process can open no socket and start no program; there is no way back.

    On Linux the kernel sees to it, for native code too; elsewhere, and where the kernel has no filters, only Python
    code is kept from it. Both meet a PermissionError.
    """
    sys.addaudithook(_refuse)
    machine = platform.machine()
    if sys.platform == "linux" and machine in _FORBIDDEN:
        libc = ctypes.CDLL(None, use_errno=True)
        rules = _filter(machine)
        held = ctypes.create_string_buffer(rules, len(rules))
        program = struct.pack("@HP", len(rules) // 8, ctypes.addressof(held))
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        libc.syscall(_SECCOMP_CALL[machine], _SET_FILTER, _ALL_THREADS, program)


def limit_memory(bytes_at_most: int) -> None:
    """What this process may hold of its own; the space for its addresses may be twice as large."""
    resource.setrlimit(resource.RLIMIT_DATA, (bytes_at_most, bytes_at_most))
    resource.setrlimit(resource.RLIMIT_AS, (2 * bytes_at_most, 2 * bytes_at_most))


def limit_processor_seconds(seconds: float) -> None:
    """End this process after so many seconds of work from now on; waiting does not count."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event in _FORBIDDEN_EVENTS:
        raise PermissionError(errno.EACCES, "a process that reads returns may not do this", event)


def _filter(machine: str) -> bytes:
    """The rules for the kernel, as it wants them: code, jump if true, jump if false, number."""
    load_architecture, load_call = (0x20, 0, 0, 4), (0x20, 0, 0, 0)
    forbidden = _FORBIDDEN[machine]
    # Jumps are counted from the next rule; the last rule of all refuses.
    checks = [(0x15, len(forbidden) - place, 0, number) for place, number in enumerate(forbidden)]
    rules = [
        load_architecture,
        (0x15, 0, len(forbidden) + 3, _ARCHITECTURES[machine]),
        load_call,
        (0x35, len(forbidden) + 1, 0, _X32_CALLS),
        *checks,
        (0x06, 0, 0, _ALLOW),
        (0x06, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("@HBBI", *rule) for rule in rules)
