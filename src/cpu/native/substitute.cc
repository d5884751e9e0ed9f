// Which instructions the engine does not run as a processor does, by their encoding.
#include "substitute.h"

namespace vmtbench {

namespace {

bool IsPrefix(uint8_t byte, bool wide) {
  switch (byte) {
    case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65: case 0x66: case 0x67: case 0xf0: case 0xf2: case 0xf3:
      return true;
    default:
      return wide && (byte & 0xf0) == 0x40;
  }
}

// Opcodes that LOCK may stand before, with a memory operand (Intel SDM volume 2, LOCK).
bool CanLock(uint8_t opcode, int reg) {
  if (opcode < 0x40) return (opcode & 7) < 2 && opcode < 0x38;  // ADD OR ADC SBB AND SUB XOR; not CMP
  switch (opcode) {
    case 0x80: case 0x81: case 0x82: case 0x83:
      return reg != 7;
    case 0x86: case 0x87:  // XCHG
      return true;
    case 0xf6: case 0xf7:  // NOT NEG
      return reg == 2 || reg == 3;
    case 0xfe: case 0xff:  // INC DEC
      return reg < 2;
    default:
      return false;
  }
}

bool CanLockTwoByte(uint8_t opcode, int reg) {
  switch (opcode) {
    case 0xab: case 0xb3: case 0xbb:             // BTS BTR BTC
    case 0xb0: case 0xb1: case 0xc0: case 0xc1:  // CMPXCHG XADD
      return true;
    case 0xba:
      return reg > 4;
    case 0xc7:  // CMPXCHG8B, CMPXCHG16B
      return reg == 1;
    default:
      return false;
  }
}

constexpr uint8_t kLock = 0xf0;
constexpr uint8_t kUd2 = 0x0b;
constexpr uint8_t kRdtsc = 0x31;

struct Instruction {
  size_t prefixes;
  bool lock;
  uint8_t opcode;  // behind 0F, if that is there
  size_t at;       // of the ModRM byte
  uint8_t modrm;

  bool memory() const { return modrm < 0xc0; }
  int reg() const { return modrm >> 3 & 7; }
};

bool HasRelativeAddress(const Instruction& i) { return (i.modrm & 0xc7) == 0x05; }

// Of one byte: TEST, NEG, far calls and jumps.
Substitute SubstituteOneByte(const Instruction& i) {
  if (i.opcode == 0xff && !i.memory() && (i.reg() == 3 || i.reg() == 5)) return {i.at + 1, kUd2};
  if (i.lock && !(i.memory() && CanLock(i.opcode, i.reg()))) return {i.at + 1, kUd2};
  if ((i.opcode & 0xfe) != 0xf6) return {};
  Substitute found;
  if (i.reg() == 1) {
    // An alias of /0 that the engine does not know.
    found.changed = i.at;
    found.byte = i.modrm & ~0x38;
  } else if (i.reg() == 3 && i.lock) {
    // It computes the flags of the wrong operand. There is one processor: LOCK changes nothing.
    found.unlocked = i.prefixes;
  }
  return found;
}

// What the processor model has, and CPUID says is not there: real noise, and instructions for an operating system.
bool IsNotThere(const Instruction& i) {
  switch (i.opcode) {
    case 0x01:  // CLAC STAC XGETBV XSETBV
      return i.modrm == 0xca || i.modrm == 0xcb || i.modrm == 0xd0 || i.modrm == 0xd1;
    case 0xae:  // XSAVE XRSTOR XSAVEOPT; RDFSBASE RDGSBASE WRFSBASE WRGSBASE
      return i.memory() ? i.reg() >= 4 && i.reg() <= 6 : i.reg() < 4;
    case 0xc7:  // RDRAND RDSEED
      return !i.memory() && i.reg() >= 6;
    default:
      return false;
  }
}

// Of two bytes: SHLD and SHRD, RDTSCP.
Substitute SubstituteTwoByte(const Instruction& i, bool wide) {
  if (IsNotThere(i) || (i.lock && !(i.memory() && CanLockTwoByte(i.opcode, i.reg())))) return {i.at + 1, kUd2};
  if (i.opcode == 0x01 && i.modrm == 0xf9) return {i.at + 1, kRdtsc};
  Substitute found;
  // By an immediate, of memory relative to RIP: it forgets that RIP is behind the immediate.
  if (wide && (i.opcode == 0xa4 || i.opcode == 0xac) && HasRelativeAddress(i)) found.displacement = i.at + 1;
  return found;
}

}  // namespace

Substitute SubstituteFor(const uint8_t* code, size_t size, bool wide) {
  bool lock = false;
  size_t at = 0;
  for (; at < size && IsPrefix(code[at], wide); at++) lock |= code[at] == kLock;
  if (size - at < 2) return {};
  const uint8_t opcode = code[at], second = code[at + 1];
  if (opcode == 0xe0 || opcode == 0xe1) return {at + 2, kUd2};                          // LOOPNE, LOOPE
  if (opcode == 0x0f && (second == 0x05 || second == 0x34)) return {at + 2, kUd2};       // SYSCALL, SYSENTER
  if ((opcode == 0xc4 || opcode == 0xc5) && (wide || second >= 0xc0)) return {at + 2, kUd2};  // VEX
  if (opcode != 0x0f) return SubstituteOneByte({at, lock, opcode, at + 1, second});
  if (size - at < 3) return {};
  return SubstituteTwoByte({at, lock, second, at + 2, code[at + 2]}, wide);
}

}  // namespace vmtbench
