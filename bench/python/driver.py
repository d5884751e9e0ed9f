"""One run of the driver with python3-unicorn, as such hooks are written in Python.

usage: driver.py IMAGE N

The same guest and the same work as bench/c/driver*.c, from the image that bench/driver-image.ts writes. Hooks IN, INS
and OUTS only: the pages that a run writes to are found by comparing memory once, and put back before each run.
Prints nanoseconds a run, then the work of a run.
"""

import struct
import sys
import time

from driver_host import Host
from driver_kernel import Kernel
from unicorn import UC_ARCH_X86, UC_HOOK_INSN, UC_MODE_64, UC_PROT_EXEC, UC_PROT_READ, UC_PROT_WRITE, Uc
from unicorn.x86_const import (
    UC_X86_INS_IN,
    UC_X86_INS_OUT,
    UC_X86_REG_EFLAGS,
    UC_X86_REG_RAX,
    UC_X86_REG_RBP,
    UC_X86_REG_RBX,
    UC_X86_REG_RCX,
    UC_X86_REG_RDI,
    UC_X86_REG_RDX,
    UC_X86_REG_RIP,
    UC_X86_REG_RSI,
    UC_X86_REG_RSP,
)

PAGE = 4096
STUB_SLOT = 16
BDOORHB_PORT = 0x5659
ACCESS_NS = 1000
PROTECTIONS = {"r": UC_PROT_READ, "w": UC_PROT_WRITE, "x": UC_PROT_EXEC}


class Machine:
    def __init__(self, path):
        self.uc = Uc(UC_ARCH_X86, UC_MODE_64)
        self.uc.hook_add(UC_HOOK_INSN, self.on_in, None, 1, 0, UC_X86_INS_IN)
        self.uc.hook_add(UC_HOOK_INSN, self.on_out, None, 1, 0, UC_X86_INS_OUT)
        self.now = 0
        self.accesses = 0
        self.notes = []
        self.host = Host(self)
        self.kernel = Kernel(self)
        self.stubs = {}
        self.writable = []
        self.changed = None
        self.read_image(path)
        self.context = self.uc.context_save()
        self.kernel_state = self.kernel.snapshot()

    def read_image(self, path):
        with open(path + ".bin", "rb") as file:
            memory = file.read()
        at = 0
        for line in open(path):
            word, *rest = line.split()
            if word == "region":
                address, size = int(rest[0], 16), int(rest[1])
                self.uc.mem_map(address, size, sum(PROTECTIONS[letter] for letter in rest[2]))
                self.uc.mem_write(address, memory[at : at + size])
                if "w" in rest[2]:
                    self.writable.append((address, memory[at : at + size]))
                at += size
            elif word == "until":
                self.until = int(rest[0])
            elif word == "now":
                self.start = int(rest[0])
            elif word == "returns":
                self.returns = int(rest[0], 16)
            elif word == "stub":
                self.stubs[int(rest[0], 16)] = rest[1]
            elif word == "stack":
                self.stack = int(rest[0], 16)
            else:
                self.kernel.load(word, rest)

    def note(self, kind, text):
        """The work of a run; a list of interfaces has NULs."""
        if self.notes is not None:
            self.notes.append(f"{kind} {text.split(bytes(1))[0].decode('latin1')}")

    def read_text(self, address):
        """The bytes before the NUL. In this driver every text ends in the page that it begins in."""
        size = PAGE - address % PAGE
        return bytes(self.uc.mem_read(address, size)).split(b"\0")[0]

    def on_in(self, uc, port, size, user):
        self.accesses += 1
        self.now += ACCESS_NS
        rax = uc.reg_read(UC_X86_REG_RAX)
        rbx = uc.reg_read(UC_X86_REG_RBX)
        rcx = uc.reg_read(UC_X86_REG_RCX)
        rdx = uc.reg_read(UC_X86_REG_RDX)
        rsi = uc.reg_read(UC_X86_REG_RSI)
        rdi = uc.reg_read(UC_X86_REG_RDI)
        if port == BDOORHB_PORT:
            rbp = uc.reg_read(UC_X86_REG_RBP)
            rbx, data = self.host.receive(rdx, rsi, rbp, rcx)
            if data:
                uc.mem_write(rdi, data)
            uc.reg_write(UC_X86_REG_RBX, rbx)
            # The whole REP at its first element: the CPU still does the last one, but stores it at the first.
            uc.reg_write(UC_X86_REG_RDI, rdi + rcx - 1)
            uc.reg_write(UC_X86_REG_RCX, 1)
            return data[0] if data else 0
        rax, rbx, rcx, rdx, rsi, rdi = self.host.call(rax, rbx, rcx, rdx, rsi, rdi)
        uc.reg_write(UC_X86_REG_RBX, rbx)
        uc.reg_write(UC_X86_REG_RCX, rcx)
        uc.reg_write(UC_X86_REG_RDX, rdx)
        uc.reg_write(UC_X86_REG_RSI, rsi)
        uc.reg_write(UC_X86_REG_RDI, rdi)
        return rax

    def on_out(self, uc, port, size, value, user):
        assert port == BDOORHB_PORT
        self.accesses += 1
        self.now += ACCESS_NS
        rcx = uc.reg_read(UC_X86_REG_RCX)
        rdx = uc.reg_read(UC_X86_REG_RDX)
        rsi = uc.reg_read(UC_X86_REG_RSI)
        rdi = uc.reg_read(UC_X86_REG_RDI)
        rbp = uc.reg_read(UC_X86_REG_RBP)
        rbx = self.host.send(rdx, rbp, rdi, bytes(uc.mem_read(rsi, rcx)))
        uc.reg_write(UC_X86_REG_RBX, rbx)
        uc.reg_write(UC_X86_REG_RSI, rsi + rcx - 1)
        uc.reg_write(UC_X86_REG_RCX, 1)

    def call(self, function, argument):
        uc = self.uc
        uc.mem_write(self.stack - 8, struct.pack("<Q", self.returns))
        uc.reg_write(UC_X86_REG_RSP, self.stack - 8)
        uc.reg_write(UC_X86_REG_RDI, argument)
        uc.reg_write(UC_X86_REG_RBP, 0)
        uc.reg_write(UC_X86_REG_EFLAGS, 0x202)
        pc = function
        while True:
            uc.emu_start(pc, 0xFFFFFFFFFFFFFFFF)
            pc = uc.reg_read(UC_X86_REG_RIP) - 1  # HLT
            if pc == self.returns:
                return
            result = self.kernel.stubs[self.stubs[pc]](
                uc.reg_read(UC_X86_REG_RDI),
                uc.reg_read(UC_X86_REG_RSI),
                uc.reg_read(UC_X86_REG_RDX),
                uc.reg_read(UC_X86_REG_RCX),
            )
            rsp = uc.reg_read(UC_X86_REG_RSP)
            (pc,) = struct.unpack("<Q", uc.mem_read(rsp, 8))
            uc.reg_write(UC_X86_REG_RSP, rsp + 8)
            uc.reg_write(UC_X86_REG_RAX, result or 0)

    def restore(self):
        if self.changed is None:
            return
        for address, page in self.changed:
            self.uc.mem_write(address, page)
        self.uc.context_restore(self.context)
        self.kernel.restore(self.kernel_state)
        self.host.reset()

    def find_changed(self):
        """Every run writes to the same pages."""
        self.changed = []
        for address, memory in self.writable:
            after = bytes(self.uc.mem_read(address, len(memory)))
            for at in range(0, len(memory), PAGE):
                if after[at : at + PAGE] != memory[at : at + PAGE]:
                    self.changed.append((address + at, memory[at : at + PAGE]))

    def run_driver(self):
        self.restore()
        self.now = self.start
        while True:
            due = min(self.kernel.deadline(), self.host.ping_due)
            if due > self.until:
                return
            if due > self.now:
                self.now = due
            self.host.advance()
            self.kernel.step()


def main():
    path, n = sys.argv[1], int(sys.argv[2])
    machine = Machine(path)
    machine.run_driver()
    work = [f"accesses {machine.accesses}", *machine.notes]
    machine.notes = None
    machine.find_changed()
    machine.run_driver()
    start = time.perf_counter_ns()
    for _ in range(n):
        machine.run_driver()
    print(f"{(time.perf_counter_ns() - start) / n:.1f}")
    print("\n".join(work))


main()
