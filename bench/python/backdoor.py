"""The benchmarks with python3-unicorn, as such hooks are written in Python.

usage: backdoor.py portAccess|insb64k LOOP.bin N

The same guest code and the same work as bench/c/backdoor.c; this binding has no batch calls, so each register is
read and written by itself. Prints nanoseconds a call or receive.
"""

import sys
import time

from unicorn import UC_ARCH_X86, UC_HOOK_INSN, UC_MODE_64, UC_PROT_ALL, Uc
from unicorn.x86_const import (
    UC_X86_INS_IN,
    UC_X86_REG_R8,
    UC_X86_REG_R9,
    UC_X86_REG_RAX,
    UC_X86_REG_RBP,
    UC_X86_REG_RBX,
    UC_X86_REG_RCX,
    UC_X86_REG_RDI,
    UC_X86_REG_RDX,
    UC_X86_REG_RSI,
)

BDOOR_MAGIC = 0x564D5868
BDOORHB_PORT = 0x5659
CODE = 0x100000
BUFFER = 0x200000
PAYLOAD = bytes((i * 7 + 1) & 0xFF for i in range(65536))


def on_in(uc, port, size, user):
    uc.reg_read(UC_X86_REG_RAX)
    rbx = uc.reg_read(UC_X86_REG_RBX)
    rcx = uc.reg_read(UC_X86_REG_RCX)
    rdx = uc.reg_read(UC_X86_REG_RDX)
    rsi = uc.reg_read(UC_X86_REG_RSI)
    rdi = uc.reg_read(UC_X86_REG_RDI)
    uc.reg_read(UC_X86_REG_RBP)
    result = 6
    if port == BDOORHB_PORT:
        uc.mem_write(rdi, PAYLOAD)
        result = PAYLOAD[0]
        rbx = 0x00010000
        rdi += rcx - 1
        rcx = 1
    elif rcx & 0xFFFF == 10:
        rbx = BDOOR_MAGIC
        rcx = 2
    else:
        rbx = len(PAYLOAD)
        rcx = 0x00830000
        rdx = 0x00010000
    uc.reg_write(UC_X86_REG_RBX, rbx)
    uc.reg_write(UC_X86_REG_RCX, rcx)
    uc.reg_write(UC_X86_REG_RDX, rdx)
    uc.reg_write(UC_X86_REG_RSI, rsi)
    uc.reg_write(UC_X86_REG_RDI, rdi)
    return result


def port_access(uc, n):
    uc.reg_write(UC_X86_REG_RDI, n)
    start = time.perf_counter_ns()
    uc.emu_start(CODE, 0)
    end = time.perf_counter_ns()
    assert uc.reg_read(UC_X86_REG_RBX) == BDOOR_MAGIC
    return (end - start) / n


def insb64k(uc, n):
    total = 0
    for _ in range(n):
        start = time.perf_counter_ns()
        uc.reg_write(UC_X86_REG_RDI, 1)
        uc.reg_write(UC_X86_REG_RSI, 0)
        uc.reg_write(UC_X86_REG_RDX, 0x11111111)
        uc.reg_write(UC_X86_REG_RCX, 0x22222222)
        uc.reg_write(UC_X86_REG_R8, BUFFER)
        uc.reg_write(UC_X86_REG_R9, len(PAYLOAD))
        uc.emu_start(CODE, 0)
        total += time.perf_counter_ns() - start
    assert uc.mem_read(BUFFER, len(PAYLOAD)) == PAYLOAD
    return total / n


def main():
    name, loop, n = sys.argv[1:]
    with open(loop, "rb") as file:
        code = file.read()
    uc = Uc(UC_ARCH_X86, UC_MODE_64)
    uc.hook_add(UC_HOOK_INSN, on_in, None, 1, 0, UC_X86_INS_IN)
    uc.mem_map(CODE, 4096, UC_PROT_ALL)
    uc.mem_map(BUFFER, len(PAYLOAD))
    uc.mem_write(CODE, code)
    bench = {"portAccess": port_access, "insb64k": insb64k}[name]
    bench(uc, 10)
    print(f"{bench(uc, int(n)):.1f}")


main()
