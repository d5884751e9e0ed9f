// RDTSC reads the real clock, and no hook can be set on it: the linker puts this function in the place of the
// engine's own (--wrap). It reads virtual time, wherever the instruction stands and however it is written.
#include "engine.h"

namespace vmtbench {

// The translator reads RDTSC for both. The instruction pointer is exact, since the engine stores it before.
bool Engine::IsRdtscp(uint64_t address) {
  size_t size = 0;
  const uint8_t* code = CodeAt(address, &size);
  if (code == nullptr) return false;
  size_t at = 0;
  while (at < size && code[at] != 0x0f) at++;
  return at + 1 < size && code[at + 1] == 0x01;
}

// RDTSC, and RDTSCP, which reads the processor's number 0 too.
void Engine::ReadClock() {
  Spend(state_->serviceWork);
  state_->timeRead = 1;
  const auto ns = static_cast<unsigned __int128>(state_->now);
  const auto ticks = static_cast<uint64_t>(ns * static_cast<uint64_t>(state_->tscKhz) / 1'000'000);
  const uint64_t low = ticks & 0xffffffff, high = ticks >> 32, processor = 0;
  uc_reg_write(uc_, ids_[kRax], &low);
  uc_reg_write(uc_, ids_[kRdx], &high);
  if (IsRdtscp(ReadPc())) uc_reg_write(uc_, ids_[kRcx], &processor);
  // No processor reads the same time twice.
  state_->now += state_->blockNs;
}

}  // namespace vmtbench

using vmtbench::Engine;

extern "C" {

void __wrap_helper_rdtsc_x86_64(void*) { Engine::running->ReadClock(); }

}
