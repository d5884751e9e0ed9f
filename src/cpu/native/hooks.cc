// What the engine calls while it runs: a port access costs one call of JavaScript, a block and a store none.
#include <cstring>

#include "abort.h"
#include "data-store.h"
#include "engine.h"

namespace vmtbench {

namespace {

constexpr uint64_t kPageBits = 12;

void MarkDirty(Region& region, uint64_t page) {
  if (region.dirtyFlags[page] != 0) return;
  region.dirtyFlags[page] = 1;
  region.dirtyPages[++region.dirtyPages[0]] = static_cast<uint32_t>(page);
}

}  // namespace

Region* Engine::Find(uint64_t address) {
  if (lastRegion_ < regions_.size() && address - regions_[lastRegion_].address < regions_[lastRegion_].size) {
    return &regions_[lastRegion_];
  }
  for (size_t i = 0; i < regions_.size(); i++) {
    if (address - regions_[i].address >= regions_[i].size) continue;
    lastRegion_ = i;
    return &regions_[i];
  }
  return nullptr;
}

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

void Engine::LoadAccessRegisters() {
  uc_reg_read_batch(uc_, ids_.data(), slots_.data(), kAccessRegisters);
  memcpy(state_->registers, shadow_.data(), kAccessRegisters * sizeof(uint64_t));
}

// The engine does not tell a hook which instruction it is at, but it runs a block's instructions in order: the n-th
// access since the block began is its n-th I/O instruction. TypeScript decodes each such block once.
uint32_t Engine::Locate() {
  const uint32_t index = accessInBlock_++;
  // Functions lie at multiples of 16: blocks that differ in their upper bits only must not share a place.
  const uint64_t mixed = (state_->block * 0x9e3779b97f4a7c15) >> 52;
  Site& known = sites_[(mixed ^ (index * 31)) % sites_.size()];
  if (known.block == state_->block && known.index == index && known.generation == generation_) return known.site;
  state_->value = index;
  uint32_t site = 0;
  if (Call(locate_, &site)) known = Site{state_->block, index, generation_, site};
  return site;
}

uint32_t Engine::Access(uint32_t port, int width, bool output, uint32_t value) {
  if (failed_) return value;
  state_->now += state_->accessNs;
  state_->site = Locate();
  if (failed_) return value;
  LoadAccessRegisters();
  if ((state_->site & 1) != 0) uc_reg_read(uc_, UC_X86_REG_EFLAGS, &state_->registers[17]);
  state_->port = port & 0xffff;
  state_->width = static_cast<uint32_t>(width);
  state_->output = output ? 1 : 0;
  state_->value = value;
  if (!Call(onPort_)) return value;
  // IN stores its result itself; everything else that changed goes back from here.
  StoreRegisters(output ? 0 : 1, kAccessRegisters);
  return state_->value;
}

uint32_t Engine::OnIn(uc_engine*, uint32_t port, int width, void* self) {
  return static_cast<Engine*>(self)->Access(port, width, false, 0);
}

void Engine::OnOut(uc_engine*, uint32_t port, int width, uint32_t value, void* self) {
  static_cast<Engine*>(self)->Access(port, width, true, value);
}

int Engine::OnCpuid(uc_engine*, void* self) {
  auto* engine = static_cast<Engine*>(self);
  if (engine->failed_) return 1;
  engine->LoadAccessRegisters();
  if (engine->Call(engine->onCpuid_)) engine->StoreRegisters(0, kAccessRegisters);
  return 1;  // answered: the engine's own CPUID is skipped
}

void Engine::OnBlock(uc_engine* uc, uint64_t address, uint32_t size, void* self) {
  auto* engine = static_cast<Engine*>(self);
  State* state = engine->state_;
  state->block = address;
  state->blockSize = size;
  state->now += state->blockNs;
  engine->accessInBlock_ = 0;
  if (engine->stackSize_ != 0) engine->NoteReturnSlot();
  engine->blockEnd_ = address + size;
  if (--state->blocksLeft < 0 && engine->stop_ == kHalt) {
    engine->stop_ = kBudget;
    uc_emu_stop(uc);
  }
}

void Engine::OnStore(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t value, void* self) {
  auto* engine = static_cast<Engine*>(self);
  Region* region = engine->Find(address);
  if (region == nullptr) return;  // the fault hook tells
  const uint64_t offset = address - region->address;
  const uint64_t last = offset + static_cast<uint64_t>(size) - 1;
  MarkDirty(*region, offset >> kPageBits);
  if (last >> kPageBits != offset >> kPageBits && last < region->size) MarkDirty(*region, last >> kPageBits);
  storesData = !region->executable() && last < region->size;
  if (region->executable()) engine->generation_++;
  if (region->shadow != nullptr) engine->CheckShadow(*region, offset, size, true);
  else if (region->address == engine->stackBase_ && engine->stackSize_ != 0) engine->GuardReturnSlots(address, size);
  if (value == 0 && size <= 4 && last < region->size) {
    engine->state_->overwritten = 0;
    memcpy(&engine->state_->overwritten, region->memory + offset, static_cast<size_t>(size));
  }
}

bool Engine::OnMemoryFault(uc_engine*, uc_mem_type type, uint64_t address, int size, int64_t, void* self) {
  auto* engine = static_cast<Engine*>(self);
  if (engine->stop_ == kMemoryFault) return false;  // an access over two pages faults byte by byte: the first counts
  engine->stop_ = kMemoryFault;
  engine->state_->faultAddress = address;
  engine->state_->faultKind = type;
  engine->state_->faultSize = static_cast<uint32_t>(size);
  return false;
}

void Engine::OnInterrupt(uc_engine* uc, uint32_t vector, void* self) {
  auto* engine = static_cast<Engine*>(self);
  engine->stop_ = kInterrupt;
  engine->state_->vector = vector;
  uc_emu_stop(uc);
}

bool Engine::OnInvalid(uc_engine*, void* self) {
  static_cast<Engine*>(self)->stop_ = kInvalidInstruction;
  return true;  // 2.0.1 stops all the same, with the exact address
}

// Before a trapped instruction: the callback may change registers and send the guest on at another rip.
void Engine::OnTrap(uc_engine*, uint64_t address, uint32_t, void* self) {
  auto* engine = static_cast<Engine*>(self);
  if (engine->failed_) return;
  engine->LoadAccessRegisters();
  engine->state_->registers[16] = engine->shadow_[16] = address;
  if (!engine->Call(engine->onTrap_)) return;
  engine->StoreRegisters(0, kAccessRegisters);
  engine->StoreRegisters(16, 17);
  if (engine->mode_ != UC_MODE_16 || engine->state_->registers[16] == address) return;
  // Below 32 bits 2.0.1 goes on where it was, whatever is written to the instruction pointer: it is started anew.
  engine->resume_ = true;
  uc_emu_stop(engine->uc_);
}

}  // namespace vmtbench
