// A write to a debug register that enables a breakpoint has the engine follow a pointer to nowhere. The linker puts
// these functions in the place of the engine's own (--wrap): the registers hold what the guest writes, as a processor's
// do, and watch nothing.
#include "engine.h"
#include "leave.h"

namespace vmtbench {

namespace {

constexpr uint64_t kDebuggingExtensions = 1 << 3;  // CR4.DE
// What reads as 1 whatever is written (Intel SDM volume 3, 18.2).
constexpr uint64_t kDr6Ones = 0xffff0ff0;
constexpr uint64_t kDr6Zeros = 0x1000;
constexpr uint64_t kDr7Ones = 0x400;
constexpr uint64_t kDr7Zeros = 0xd800;

}  // namespace

// 4 and 5 are 6 and 7, unless CR4.DE makes them invalid.
int Engine::DebugRegister(int number) {
  if (number != 4 && number != 5) return number;
  uint64_t cr4 = 0;
  uc_reg_read(uc_, UC_X86_REG_CR4, &cr4);
  if ((cr4 & kDebuggingExtensions) != 0) RefuseInstruction();
  return number + 2;
}

uint64_t Engine::ReadDebugRegister(int number) {
  const int index = DebugRegister(number);
  const uint64_t value = debugRegisters_[index];
  return index == 6 ? (value & ~kDr6Zeros) | kDr6Ones : index == 7 ? (value & ~kDr7Zeros) | kDr7Ones : value;
}

void Engine::WriteDebugRegister(int number, uint64_t value) {
  const int index = DebugRegister(number);
  if (index >= 6 && value >> 32 != 0) {
    state_->vector = 13;
    EndAt(kInterrupt);
    LeaveInstruction();
  }
  debugRegisters_[index] = value;
}

}  // namespace vmtbench

using vmtbench::Engine;

extern "C" {

uint64_t __wrap_helper_get_dr_x86_64(void*, int number) { return Engine::running->ReadDebugRegister(number & 7); }

void __wrap_helper_set_dr_x86_64(void*, int number, uint64_t value) {
  Engine::running->WriteDebugRegister(number & 7, value);
}

}
