// The memory checker: poisoned bytes, bytes that were written, and the return addresses on the stack.
#include <cstring>

#include "engine.h"
#include "leave.h"

namespace vmtbench {

void Engine::Object(Misuse what, uint64_t address, int size) {
  state_->faultKind = what;
  state_->faultAddress = address;
  state_->faultSize = static_cast<uint32_t>(size);
  EndAt(kMisuse);
  LeaveInstruction();
}

void Engine::CheckShadow(Region& region, uint64_t offset, int size, bool write) {
  for (int i = 0; i < size && offset + i < region.size; i++) {
    uint8_t& shadow = region.shadow[offset + i];
    if ((shadow & kAddressable) == 0) {
      Object(write ? kWritePoison : kReadPoison, region.address + offset + i, size);
      return;
    }
    if (write) shadow |= kWritten;
  }
}

// At the start of a block: what a CALL has just pushed is the address behind the block before. Slots below the stack
// pointer belong to calls that are over.
void Engine::NoteReturnSlot() {
  uint64_t sp = 0;
  uc_reg_read(uc_, ids_[kRsp], &sp);
  while (!returnSlots_.empty() && returnSlots_.back() < sp) returnSlots_.pop_back();
  const uint64_t offset = sp - stackBase_;
  if (offset >= stackSize_ || stackSize_ - offset < word_) return;
  uint64_t top = 0;
  memcpy(&top, stackMemory_ + offset, word_);
  // The first block of a run may be the function that was called from outside, and while another such call waits it
  // returns to where that one does; the block there is none. A call of the next instruction is none: code without
  // absolute addresses finds out so where it is, and pops what it pushed.
  const bool entered = state_->block != home_ && (returnSlots_.empty() || top == home_);
  const bool called = blockEnd_ != 0 ? top == blockEnd_ && top != state_->block : entered;
  if (called && returnSlots_.empty()) home_ = top;
  if (called && (returnSlots_.empty() || returnSlots_.back() > sp)) returnSlots_.push_back(sp);
}

// The calls under way, by their return addresses, and a number of 52 bits for them (FNV-1a): TypeScript reads the list
// only where it does not know the number. What waits for a call from outside is not part of that call.
void Engine::NoteCallPath() {
  uint64_t hash = 0xcbf29ce484222325;
  int count = 0;
  for (size_t i = returnSlots_.size(); i-- > 0 && count < kMostReturns - 1;) {
    uint64_t target = 0;
    memcpy(&target, stackMemory_ + (returnSlots_[i] - stackBase_), word_);
    if (target == home_) break;
    state_->returns[count++] = target;
    hash = (hash ^ target) * 0x100000001b3;
    hash ^= hash >> 29;
  }
  state_->returns[count] = 0;
  state_->callPath = count == 0 ? 0 : static_cast<double>(hash >> 12);
}

// A call goes on with the return addresses that it had; those of the calls that wait meanwhile are above them on the
// stack, as they are now. It began where it returns home.
void Engine::ResumeReturnSlots(const std::vector<uint64_t>& saved) {
  size_t first = saved.size();
  while (first > 0) {
    const uint64_t offset = saved[--first] - stackBase_;
    uint64_t target = 0;
    if (offset < stackSize_ && stackSize_ - offset >= word_) memcpy(&target, stackMemory_ + offset, word_);
    if (target == home_) break;
  }
  const uint64_t top = first < saved.size() ? saved[first] : state_->registers[kRsp];
  while (!returnSlots_.empty() && returnSlots_.back() <= top) returnSlots_.pop_back();
  returnSlots_.insert(returnSlots_.end(), saved.begin() + static_cast<std::ptrdiff_t>(first), saved.end());
}

void Engine::GuardReturnSlots(uint64_t address, int size) {
  if (returnSlots_.empty()) return;
  const uint64_t end = address + static_cast<uint64_t>(size);
  if (end <= returnSlots_.back()) return;  // nearly every store: a local below the innermost return address
  for (const uint64_t slot : returnSlots_) {
    if (slot >= end || address >= slot + word_) continue;
    uint64_t sp = 0;
    uc_reg_read(uc_, ids_[kRsp], &sp);
    // A call over an old slot, and the retpolines that put their target in place of their own return address.
    if (sp == slot || address < sp || (address == slot && sp == slot + word_)) continue;
    Object(kWriteReturnAddress, slot, size);
    return;
  }
}

}  // namespace vmtbench
