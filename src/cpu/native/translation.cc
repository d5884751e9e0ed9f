// Instructions that the engine runs wrongly, or runs though no processor does: LOCK where nothing can be locked (some of
// these abort the engine), LOCK NEG, SSE and system instructions behind a VEX prefix, a far call through a register; what
// CPUID says is not there; LOOPE and LOOPNE, which lose the flags at their end; SYSENTER and SYSCALL, which go nowhere;
// SHLD and SHRD relative to RIP. The linker puts a look at each instruction between the engine's translator and the
// guest's bytes (--wrap): where one of these begins, the translator reads another one instead (substitute.cc), behind
// prefixes without meaning. At UD2 invalid.cc decides. What the engine runs rightly costs nothing.
#include "cmpxchg.h"
#include "engine.h"
#include "substitute.h"
#include "temporaries.h"

namespace vmtbench {

namespace {

constexpr uint8_t kLock = 0xf0;
constexpr uint8_t kRepne = 0xf2;

// The translator's own record (QEMU's DisasContextBase).
struct Disassembly {
  const void* block;
  uint64_t first;
  uint64_t next;  // the instruction that is being translated
  int end;
  int instructions;  // so far, this one among them
  int most;          // at which the block ends
};

struct Translation {
  Disassembly* record = nullptr;
  Substitute substitute;
};

thread_local Translation translation;

Substitute SubstituteAt(uint64_t address) {
  size_t size = 0;
  const uint8_t* code = Engine::running->CodeAt(address, &size);
  return code == nullptr ? Substitute{} : SubstituteFor(code, size, Engine::running->IsWide());
}

// Where in the instruction that is being translated an address is; far beyond its end where none is.
uint64_t PlaceInInstruction(uint64_t address) {
  constexpr uint64_t kNowhere = 1ull << 63;
  if (translation.record == nullptr || Engine::running == nullptr) return kNowhere;
  return address - translation.record->next;
}

void BeginInstruction(uint64_t address) {
  ForgetCompared();
  if (TemporariesRunOut()) translation.record->most = translation.record->instructions;
  translation.substitute = SubstituteAt(address);
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
uint32_t __real_cpu_ldl_code_x86_64(void* env, uint64_t address);

void __wrap_translator_loop_x86_64(const void* operations, Disassembly* record, void* cpu, void* block, int most) {
  translation = {record, {}};
  ForgetTemporaries();
  __real_translator_loop_x86_64(operations, record, cpu, block, most);
  translation = {};
}

uint32_t __wrap_cpu_ldub_code_x86_64(void* env, uint64_t address) {
  const uint64_t at = PlaceInInstruction(address);
  if (at == 0) BeginInstruction(address);
  const Substitute& substitute = translation.substitute;
  if (at + 1 == substitute.length) return substitute.opcode;
  if (at + 2 == substitute.length) return 0x0f;
  if (at < substitute.length) return 0x3e;
  const uint32_t byte = __real_cpu_ldub_code_x86_64(env, address);
  if (at < substitute.unlocked && byte == kLock) return kRepne;
  return at == substitute.changed && at != 0 ? substitute.byte : byte;
}

uint32_t __wrap_cpu_ldl_code_x86_64(void* env, uint64_t address) {
  const uint32_t value = __real_cpu_ldl_code_x86_64(env, address);
  const uint64_t at = PlaceInInstruction(address);
  return at == translation.substitute.displacement && at != 0 ? value + 1 : value;
}

}
