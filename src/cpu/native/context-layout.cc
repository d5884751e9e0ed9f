// The engine remembers the exception that it raised last, so that a second one of certain kinds is a double fault; it
// forgets it only when it delivers one, and here none is delivered. And no call gives the base of CS. Both are in what it
// saves as a context. Their places depend on how it was compiled: a fresh engine shows them by changing just that.
#include "context-layout.h"

#include <unicorn/unicorn.h>

#include <cstdint>
#include <cstring>

namespace vmtbench {

namespace {

// Words of a context are aligned to this, wider ones too.
constexpr size_t kAlign = 4;

// Where one context holds `before`, and another one `after`.
template <typename Value>
size_t PlaceOf(const uc_context* one, const uc_context* other, size_t size, Value before, Value after) {
  const auto* first = reinterpret_cast<const uint8_t*>(one);
  const auto* second = reinterpret_cast<const uint8_t*>(other);
  for (size_t at = 0; at + sizeof(Value) <= size; at += kAlign) {
    if (memcmp(first + at, &before, sizeof before) == 0 && memcmp(second + at, &after, sizeof after) == 0) return at;
  }
  return 0;
}

// Lets a fresh engine do something, and looks what has changed from `before` to `after`.
template <typename Value, typename Action>
size_t PlaceChangedBy(uc_mode mode, Action action, Value before, Value after) {
  uc_engine* uc = nullptr;
  uc_context *one = nullptr, *other = nullptr;
  size_t place = 0;
  if (uc_open(UC_ARCH_X86, mode, &uc) != UC_ERR_OK) return 0;
  if (uc_context_alloc(uc, &one) == UC_ERR_OK && uc_context_alloc(uc, &other) == UC_ERR_OK) {
    uc_context_save(uc, one);
    action(uc);
    uc_context_save(uc, other);
    place = PlaceOf(one, other, uc_context_size(uc), before, after);
  }
  if (one != nullptr) uc_context_free(one);
  if (other != nullptr) uc_context_free(other);
  uc_close(uc);
  return place;
}

constexpr int32_t kNone = -1;
constexpr int32_t kGeneralProtection = 13;

// mov %ax,%ds: a selector that no table has
void RaiseGeneralProtection(uc_engine* uc) {
  constexpr uint64_t kCode = 0x1000, kPage = 0x1000, kSelector = 0x28;
  constexpr uint8_t kMove[] = {0x8e, 0xd8};
  uc_mem_map(uc, kCode, kPage, UC_PROT_ALL);
  uc_mem_write(uc, kCode, kMove, sizeof kMove);
  uc_reg_write(uc, UC_X86_REG_EAX, &kSelector);
  uc_emu_start(uc, kCode, kCode + sizeof kMove, 0, 0);
}

// In real mode its base is sixteen times the selector.
constexpr uint64_t kSelector = 0x1234;

void LoadCode(uc_engine* uc) { uc_reg_write(uc, UC_X86_REG_CS, &kSelector); }

}  // namespace

const ContextLayout& LayoutOfContexts() {
  static const ContextLayout layout{
      PlaceChangedBy(UC_MODE_32, RaiseGeneralProtection, kNone, kGeneralProtection),
      PlaceChangedBy(UC_MODE_16, LoadCode, uint64_t{0}, kSelector << 4),
  };
  return layout;
}

}  // namespace vmtbench
