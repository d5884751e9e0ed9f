#!/usr/bin/env python3
"""Prints what a guest sent by high bandwidth: python3 examples/trace.py FILE. Any MessagePack reader does; this one is
ten lines (docs/trace-format.md has the format)."""
import hashlib, struct, sys

def value(f):
    h = f.read(1)[0]; n = lambda fmt: struct.unpack('>' + fmt, f.read(struct.calcsize(fmt)))[0]
    many = lambda k: [value(f) for _ in range(k)]; pairs = lambda k: {value(f): value(f) for _ in range(k)}
    if h < 0x80 or h > 0xdf: return h if h < 0x80 else h - 0x100
    if h < 0xc0: return pairs(h & 15) if h < 0x90 else many(h & 15) if h < 0xa0 else f.read(h & 31).decode()
    if h in (0xc0, 0xc2, 0xc3): return {0xc0: None, 0xc2: False, 0xc3: True}[h]
    if h < 0xc7: return f.read(n('BHI'[h - 0xc4]))
    if h < 0xd4: return n({0xca: 'f', 0xcb: 'd', 0xcc: 'B', 0xcd: 'H', 0xce: 'I', 0xcf: 'Q', 0xd0: 'b', 0xd1: 'h', 0xd2: 'i', 0xd3: 'q'}[h])
    if h < 0xdc: return f.read(n('BHI'[h - 0xd9])).decode()
    return many(n('HI'[h & 1])) if h < 0xde else pairs(n('HI'[h & 1]))

with open(sys.argv[1], 'rb') as f:
    whole = f.read()
    if hashlib.sha256(whole[:-34]).digest() != whole[-32:]: sys.exit(sys.argv[1] + ' is damaged, or no trace of version 2')
    f.seek(0)
    header = value(f)
    print(header['object']['name'], header['kernel'], 'seed', header['seed'])
    while (record := value(f))[0] != 'z':
        if record[0] == 'a' and record[5] == 'out' and record[9]: print('%.6f' % (record[1] / 1e9), record[9])
    print(record[2], record[3], 'records')
