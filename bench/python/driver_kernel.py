"""The OpenBSD kernel around the driver: what bench/c/driver_kernel.c is."""

import re
import struct

SECOND = 1_000_000_000
TICK = SECOND // 100
BOOT_TIME = 1_706_745_600
M_ZERO = 0x8
NEVER = float("inf")


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def compare(a, b):
    return (a > b) - (a < b) & 0xFFFFFFFF


class Kernel:
    def __init__(self, machine):
        self.machine = machine
        self.uc = machine.uc
        self.tasks = {}
        self.queued = []
        self.timeouts = {}  # address: function, argument
        self.alarms = {}  # address: when, order
        self.armed = 0
        self.free_blocks = {}
        self.stubs = {
            name[3:]: getattr(self, name) for name in dir(self) if name.startswith("do_")
        }

    def load(self, word, rest):
        """A line of the image."""
        if word == "task":
            self.tasks[int(rest[0], 16)] = int(rest[1], 16), int(rest[2], 16)
        elif word == "queued":
            self.queued.append(int(rest[0], 16))
        elif word == "timeout":
            timeout = int(rest[0], 16)
            self.timeouts[timeout] = int(rest[2], 16), int(rest[3], 16)
            self.arm(timeout, int(rest[1]))
        elif word == "heap":
            self.heap_top = (int(rest[0], 16) + 63) & ~63
        else:
            raise ValueError(f"not a line of an image: {word}")

    def snapshot(self):
        return list(self.queued), dict(self.alarms), self.armed, self.heap_top, {k: list(v) for k, v in self.free_blocks.items()}

    def restore(self, state):
        queued, alarms, self.armed, self.heap_top, free_blocks = state
        self.queued = list(queued)
        self.alarms = dict(alarms)
        self.free_blocks = {k: list(v) for k, v in free_blocks.items()}

    def arm(self, timeout, at):
        self.alarms[timeout] = at, self.armed
        self.armed += 1

    def deadline(self):
        if self.queued:
            return self.machine.now
        return min(self.alarms.values())[0] if self.alarms else NEVER

    def step(self):
        if self.queued:
            return self.machine.call(*self.tasks[self.queued.pop(0)])
        if not self.alarms:
            return None
        timeout = min(self.alarms, key=self.alarms.get)
        if self.alarms[timeout][0] > self.machine.now:
            return None
        del self.alarms[timeout]
        return self.machine.call(*self.timeouts[timeout])

    def do_malloc(self, size, kind, flags, _):
        size = 1 << max(4, (size - 1).bit_length())
        blocks = self.free_blocks.setdefault(size, [])
        if blocks:
            address = blocks.pop()
        else:
            address = self.heap_top
            self.heap_top += size
        if flags & M_ZERO:
            self.uc.mem_write(address, bytes(size))
        return address

    def do_free(self, address, kind, size, _):
        if address != 0:
            self.free_blocks[1 << max(4, (size - 1).bit_length())].append(address)

    def do_bzero(self, to, size, *_):
        self.uc.mem_write(to, bytes(size))

    def do_bcopy(self, source, to, size, _):
        if size:
            self.uc.mem_write(to, bytes(self.uc.mem_read(source, size)))

    def do_memcmp(self, a, b, size, _):
        return compare(self.uc.mem_read(a, size), self.uc.mem_read(b, size))

    def do_strlen(self, text, *_):
        return len(self.machine.read_text(text))

    def do_strcmp(self, a, b, *_):
        return compare(self.machine.read_text(a), self.machine.read_text(b))

    def do_strncmp(self, a, b, size, _):
        return compare(self.machine.read_text(a)[:size], self.machine.read_text(b)[:size])

    def do_strncpy(self, to, source, size, _):
        self.uc.mem_write(to, self.machine.read_text(source)[:size].ljust(size, b"\0"))
        return to

    def do_strlcpy(self, to, source, room, _):
        text = self.machine.read_text(source)
        self.uc.mem_write(to, text[: room - 1] + b"\0")
        return len(text)

    def do_vsnprintf(self, to, room, text, va_list):
        arguments = self.arguments(va_list)

        def convert(match):
            conversion = match[2]
            if conversion == b"%":
                return b"%"
            value = next(arguments)
            if conversion == b"s":
                return self.machine.read_text(value)
            if match[1] == b"":
                value &= 0xFFFFFFFF
                value -= (value >> 31 << 32) if conversion == b"d" else 0
            elif conversion == b"d":
                value = signed(value)
            return b"%d" % value

        whole = re.sub(rb"%(l*)([dus%])", convert, self.machine.read_text(text))
        self.uc.mem_write(to, whole[: room - 1] + b"\0")
        return len(whole)

    def arguments(self, va_list):
        used, _, stack, area = struct.unpack("<IIQQ", self.uc.mem_read(va_list, 24))
        while True:
            if used < 48:
                at = area + used
                used += 8
            else:
                at = stack
                stack += 8
            yield struct.unpack("<Q", self.uc.mem_read(at, 8))[0]

    def do_printf(self, text, *_):
        self.machine.note("console", self.machine.read_text(text))

    def do_getuptime(self, *_):
        return self.machine.now // SECOND

    def do_microtime(self, to, *_):
        now = self.machine.now
        self.uc.mem_write(to, struct.pack("<QQ", BOOT_TIME + now // SECOND, now % SECOND // 1000))

    def do_timeout_add_sec(self, timeout, seconds, *_):
        pending = timeout in self.alarms
        self.arm(timeout, (self.machine.now // TICK + max(1, (seconds & 0xFFFFFFFF) * 100)) * TICK)
        return 0 if pending else 1

    def do_task_add(self, queue, task, *_):
        if task not in self.queued:
            self.queued.append(task)
        return 1

    def do_rw_enter_write(self, *_):
        pass

    def do_rw_exit_write(self, *_):
        pass
