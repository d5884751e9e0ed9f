// Port accesses and CPUID: what calls JavaScript while the engine runs, once an access.
#include "abort.h"
#include "engine.h"
#include "leave.h"

namespace vmtbench {

// Calls back without arguments: all there is to say stands in the state. False when the callback threw.
bool Engine::Call(napi_ref callback, uint32_t* result) {
  napi_handle_scope scope;
  napi_value function, receiver, returned;
  napi_open_handle_scope(env_, &scope);
  napi_get_reference_value(env_, callback, &function);
  napi_get_undefined(env_, &receiver);
  // An abort under a callback must not jump over JavaScript's frames.
  jmp_buf* const point = engineAbort;
  engineAbort = nullptr;
  const bool ok = napi_call_function(env_, receiver, function, 0, nullptr, &returned) == napi_ok;
  engineAbort = point;
  if (ok && result != nullptr) napi_get_value_uint32(env_, returned, result);
  napi_close_handle_scope(env_, scope);
  if (!ok) {
    failed_ = true;
    uc_emu_stop(uc_);
  }
  return ok;
}

// A run of any budget looks up now and then: a thread that is to end does so inside the callback.
void Engine::Refill() {
  while (state_->workLeft < 0 && workBeyond_ > 0) {
    if (!Call(onPoll_)) return;
    const double slice = workBeyond_ < kSlice ? workBeyond_ : kSlice;
    state_->workLeft += slice;
    workBeyond_ -= slice;
  }
  if (state_->workLeft < 0) EndAt(kBudget);
}

// More work than a block. At the end of the budget the instruction that it is for is not run.
void Engine::Spend(double work) {
  LeaveIfEnded();
  state_->workLeft -= work;
  if (state_->workLeft >= 0) return;
  Refill();
  LeaveIfEnded();
}

// The engine does not tell a hook which instruction it is at, but it runs a block's instructions in order: the n-th
// access since the block began is its n-th I/O instruction. TypeScript decodes each such block once.
uint32_t Engine::Locate() {
  const uint32_t index = accessInBlock_++;
  // Functions lie at multiples of 16: blocks that differ in their upper bits only must not share a place.
  const uint64_t mixed = (state_->block * 0x9e3779b97f4a7c15) >> 52;
  Site& known = sites_[(mixed ^ (index * 31)) % kSites];
  if (known.block == state_->block && known.index == index && known.generation == generation_) return known.site;
  state_->value = index;
  uint32_t site = 0;
  if (Call(locate_, &site)) known = Site{state_->block, index, generation_, site};
  return site;
}

uint32_t Engine::Access(uint32_t port, int width, bool output, uint32_t value) {
  Spend(state_->serviceWork);
  state_->site = Locate();
  if (state_->site == kNoSite) RefuseInstruction();
  LeaveIfEnded();
  state_->now += state_->accessNs;
  LoadAccessRegisters();
  NoteCallPath();
  if ((state_->site & 1) != 0) uc_reg_read(uc_, UC_X86_REG_EFLAGS, &state_->registers[kRflags]);
  state_->port = port & 0xffff;
  state_->width = static_cast<uint32_t>(width);
  state_->output = output ? 1 : 0;
  state_->value = value;
  if (!Call(onPort_)) LeaveInstruction();
  if (preempt_) LeaveBehind(output ? 0 : width);
  LeaveIfEnded();
  // IN stores its result itself; everything else that changed goes back from here.
  StoreRegisters(output ? 0 : 1, kAccessRegisters);
  return state_->value;
}

// Leaves the engine at a port access that is done: what the engine would still do for it is done here.
void Engine::LeaveBehind(int resultWidth) {
  if (resultWidth != 0) {
    const uint64_t mask = resultWidth == 4 ? ~0ull : (1ull << (resultWidth * 8)) - 1;
    state_->registers[0] = (shadow_[0] & ~mask) | (state_->value & mask);
  }
  StoreRegisters(0, kAccessRegisters);
  behind_ = true;
  EndAt(kPreempted);
  LeaveInstruction();
}

// preempt(): from inside onPort. The run ends behind that access, at state.next.
Napi::Value Engine::Preempt(const Napi::CallbackInfo& info) {
  preempt_ = running_;
  return info.Env().Undefined();
}

uint32_t Engine::OnIn(uc_engine*, uint32_t port, int width, void* self) {
  return static_cast<Engine*>(self)->Access(port, width, false, 0);
}

void Engine::OnOut(uc_engine*, uint32_t port, int width, uint32_t value, void* self) {
  static_cast<Engine*>(self)->Access(port, width, true, value);
}

int Engine::OnCpuid(uc_engine*, void* self) {
  auto* engine = static_cast<Engine*>(self);
  engine->Spend(engine->state_->serviceWork);
  engine->LoadAccessRegisters();
  if (!engine->Call(engine->onCpuid_)) LeaveInstruction();
  engine->StoreRegisters(0, kAccessRegisters);
  return 1;  // answered: the engine's own CPUID is skipped
}

// The engine took for a port access, or for a part of this processor, what is none.
void Engine::RefuseInstruction() {
  EndAt(kInvalidInstruction);
  LeaveInstruction();
}

}  // namespace vmtbench
