// Instructions that the engine runs wrongly, or runs though no processor does: LOCK where nothing can be locked (some of
// these abort the engine), SSE and system instructions behind a VEX prefix, a far call through a register; RDRAND and
// RDSEED, which CPUID says are not there and which would read real noise; LOOPE and LOOPNE, which lose the flags at their
// end; SYSENTER and SYSCALL, which go nowhere. The linker puts a look at each instruction between the engine's translator
// and the guest's bytes (--wrap): where one of these begins, the translator reads another one instead, behind prefixes
// without meaning: UD2, at which invalid.cc decides; and RDTSC for RDTSCP, which the engine does not know.
#include "cmpxchg.h"
#include "engine.h"

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

// What the translator reads in the place of an instruction's first bytes.
struct Substitute {
  size_t length = 0;  // 0: it reads the guest's bytes
  uint8_t opcode = 0;  // behind 0F, as the last of that many bytes
};

constexpr uint8_t kUd2 = 0x0b;
constexpr uint8_t kRdtsc = 0x31;

Substitute SubstituteFor(const uint8_t* code, size_t size, bool wide) {
  bool lock = false;
  size_t at = 0;
  for (; at < size && IsPrefix(code[at], wide); at++) lock |= code[at] == 0xf0;
  if (size - at < 2) return {};
  const uint8_t opcode = code[at];
  if (opcode == 0xe0 || opcode == 0xe1) return {at + 2, kUd2};  // LOOPNE, LOOPE
  if (opcode == 0x0f && (code[at + 1] == 0x05 || code[at + 1] == 0x34)) return {at + 2, kUd2};  // SYSCALL, SYSENTER
  if (size - at < 3) return {};
  if ((opcode == 0xc4 || opcode == 0xc5) && (wide || code[at + 1] >= 0xc0)) {
    const bool legacyMap = opcode == 0xc5 || (code[at + 1] & 0x1f) == 1;
    return legacyMap ? Substitute{at + 2, kUd2} : Substitute{};
  }
  const bool two = opcode == 0x0f;
  const uint8_t modrm = code[at + (two ? 2 : 1)];
  const bool memory = modrm < 0xc0;
  const int reg = modrm >> 3 & 7;
  const size_t length = at + (two ? 3 : 2);
  const bool lockable = memory && (two ? CanLockTwoByte(code[at + 1], reg) : CanLock(opcode, reg));
  const bool random = two && code[at + 1] == 0xc7 && !memory && reg >= 6;
  const bool far = !two && opcode == 0xff && !memory && (reg == 3 || reg == 5);
  if (random || far || (lock && !lockable)) return {length, kUd2};
  const bool readsClock = two && code[at + 1] == 0x01 && modrm == 0xf9;
  return readsClock ? Substitute{length, kRdtsc} : Substitute{};
}

// The beginning of the translator's own record (QEMU's DisasContextBase).
struct Disassembly {
  const void* block;
  uint64_t first;
  uint64_t next;  // the instruction that is being translated
};

struct Translation {
  const Disassembly* record = nullptr;
  Substitute substitute;
};

thread_local Translation translation;

Substitute SubstituteAt(uint64_t address) {
  size_t size = 0;
  const uint8_t* code = Engine::running->CodeAt(address, &size);
  return code == nullptr ? Substitute{} : SubstituteFor(code, size, Engine::running->IsWide());
}

}  // namespace

// The guest's bytes from an address on.
const uint8_t* Engine::CodeAt(uint64_t address, size_t* size) {
  const Region* region = Find(address);
  if (region == nullptr) return nullptr;
  *size = region->size - (address - region->address);
  return region->memory + (address - region->address);
}

}  // namespace vmtbench

using namespace vmtbench;

extern "C" {

void __real_translator_loop_x86_64(const void* operations, Disassembly* record, void* cpu, void* block, int most);
uint32_t __real_cpu_ldub_code_x86_64(void* env, uint64_t address);

void __wrap_translator_loop_x86_64(const void* operations, Disassembly* record, void* cpu, void* block, int most) {
  translation = {record, {}};
  __real_translator_loop_x86_64(operations, record, cpu, block, most);
  translation = {};
}

uint32_t __wrap_cpu_ldub_code_x86_64(void* env, uint64_t address) {
  if (translation.record == nullptr || Engine::running == nullptr) return __real_cpu_ldub_code_x86_64(env, address);
  const uint64_t at = address - translation.record->next;
  if (at == 0) {
    ForgetCompared();
    translation.substitute = SubstituteAt(address);
  }
  const auto [length, opcode] = translation.substitute;
  if (at + 1 == length) return opcode;
  if (at + 2 == length) return 0x0f;
  return at < length ? 0x3e : __real_cpu_ldub_code_x86_64(env, address);
}

}
