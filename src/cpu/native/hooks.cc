// What the engine calls while it runs, port accesses aside: a block and a store call no JavaScript.
#include <cstring>

#include "engine.h"
#include "leave.h"

namespace vmtbench {

namespace {

constexpr uint64_t kPageBits = 12;
constexpr uint32_t kDebugException = 1;

void MarkDirty(Region& region, uint64_t page) {
  if (region.dirtyFlags[page] != 0) return;
  region.dirtyFlags[page] = 1;
  region.dirtyPages[++region.dirtyPages[0]] = static_cast<uint32_t>(page);
}

}  // namespace

// The first stop of a run counts.
void Engine::EndAt(StopCode code) {
  if (stop_ == kHalt) stop_ = code;
  uc_emu_stop(uc_);
}

// Behind a stop nothing is served, stored or reported any more.
void Engine::LeaveIfEnded() {
  if (stop_ != kHalt || failed_) LeaveInstruction();
}

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

void Engine::OnBlock(uc_engine*, uint64_t address, uint32_t size, void* self) {
  auto* engine = static_cast<Engine*>(self);
  State* state = engine->state_;
  state->block = address;
  state->blockSize = size;
  state->now += state->blockNs;
  engine->accessInBlock_ = 0;
  if (engine->stackSize_ != 0) engine->NoteReturnSlot();
  engine->blockEnd_ = address + size;
  if (engine->coverage_.on()) engine->coverage_.Note(address, size);
  if (--state->workLeft < 0) engine->Refill();
}

// Loads from regions with a shadow only: see Show.
void Engine::OnLoad(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t, void* self) {
  auto* engine = static_cast<Engine*>(self);
  engine->LeaveIfEnded();
  Region* region = engine->Find(address);
  if (region != nullptr && region->shadow != nullptr) {
    engine->CheckShadow(*region, address - region->address, size, false);
  }
}

// Before a store. A store that the fault hook will be called for comes here first.
void Engine::OnStore(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t value, void* self) {
  auto* engine = static_cast<Engine*>(self);
  engine->LeaveIfEnded();
  Region* region = engine->Find(address);
  if (region == nullptr) return;
  const uint64_t offset = address - region->address;
  const uint64_t last = offset + static_cast<uint64_t>(size) - 1;
  if (last >= region->size && region->writable()) {
    engine->CheckRest(*region, address, size);
    region = engine->Find(address);
  }
  MarkDirty(*region, offset >> kPageBits);
  if (last >> kPageBits != offset >> kPageBits && last < region->size) MarkDirty(*region, last >> kPageBits);
  if (region->executable()) engine->generation_++;
  if (region->shadow != nullptr) engine->CheckShadow(*region, offset, size, true);
  else if (region->address == engine->stackBase_ && engine->stackSize_ != 0) engine->GuardReturnSlots(address, size);
  if (value == 0 && size <= 4 && last < region->size) {
    engine->state_->overwritten = 0;
    memcpy(&engine->state_->overwritten, region->memory + offset, static_cast<size_t>(size));
  }
}

// A store that runs over the end of its region. The engine would do it byte by byte up to the one that faults; a
// processor stores all or nothing.
void Engine::CheckRest(const Region& first, uint64_t address, int size) {
  const uint64_t end = address + static_cast<uint64_t>(size);
  uint64_t at = first.address + first.size;
  while (at - address < end - address) {
    Region* next = Find(at);
    if (next == nullptr) return Fault(UC_MEM_WRITE_UNMAPPED, at, size);
    if (!next->writable()) return Fault(UC_MEM_WRITE_PROT, at, size);
    MarkDirty(*next, (at - next->address) >> kPageBits);
    at = next->address + next->size;
  }
}

// A page fault ends the run at the instruction. One of a fetch comes while a block is being translated: the engine
// stops before the block, with the address that is not there.
void Engine::Fault(uint32_t kind, uint64_t address, int size) {
  if (stop_ == kHalt && !failed_) {
    state_->faultAddress = address;
    state_->faultKind = kind;
    state_->faultSize = static_cast<uint32_t>(size);
  }
  EndAt(kMemoryFault);
  if (kind != UC_MEM_FETCH_UNMAPPED && kind != UC_MEM_FETCH_PROT) LeaveInstruction();
}

bool Engine::OnMemoryFault(uc_engine*, uc_mem_type type, uint64_t address, int size, int64_t, void* self) {
  static_cast<Engine*>(self)->Fault(type, address, size);
  return false;
}

// The engine is about to remember where a page lies, and by itself remembers it for this kind of access alone: loads and
// stores of one page would take turns to forget each other's. What the region does not permit is not remembered, but for
// the access that asks, which the engine refuses later.
bool Engine::OnTranslate(uc_engine*, uint64_t address, uc_mem_type type, uc_tlb_entry* entry, void* self) {
  const Region* region = static_cast<Engine*>(self)->Find(address);
  uint32_t asked = UC_PROT_READ;
  if (type == UC_MEM_WRITE) asked = UC_PROT_WRITE;
  if (type == UC_MEM_FETCH) asked = UC_PROT_EXEC;
  entry->paddr = address;
  entry->perms = static_cast<uc_prot>(asked | (region == nullptr ? 0 : region->protection));
  return true;
}

void Engine::OnInterrupt(uc_engine*, uint32_t vector, void* self) {
  auto* engine = static_cast<Engine*>(self);
  engine->raised_ = true;
  // The engine reports an invalid instruction once more, as what it raises, though OnInvalid has run it.
  if (engine->goOn_) return;
  if (engine->stop_ == kHalt) engine->state_->vector = vector;
  engine->EndAt(engine->stepping_ && vector == kDebugException ? kTrap : kInterrupt);
}

}  // namespace vmtbench
