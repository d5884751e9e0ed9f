// CMPXCHG8B and CMPXCHG16B keep the flags but ZF, and the engine takes them from where it has not yet stored them: these
// functions in the place of its own (--wrap) have it do so first.
//
// CMPXCHG of 32 bits. The engine writes what was compared with to EAX whatever comes of it, and the destination register
// too, and each such write clears the upper half of the register. A processor writes the one that the comparison
// chooses, and leaves the other alone. The linker shows each step of a translation as it is made (--wrap): the two
// writes are made conditional, and nothing else costs more. Of the steps, only CMPXCHG compares what it chooses from.
#include "cmpxchg.h"

#include <cstdint>

#include "leave.h"

namespace {

// Names of values inside a translation; they are compared and handed on, never looked into.
using Context = void*;
using Value = uintptr_t;

constexpr int kEqual = 8;  // TCG_COND_EQ

struct Compared {
  Value memory = 0;    // what the destination held
  Value expected = 0;  // what EAX held
  Value stored = 0;    // what the destination holds then; 0 in the LOCK form, whose destination is no register
};

thread_local Compared compared;

}  // namespace

namespace vmtbench {

void ForgetCompared() { compared = {}; }

}  // namespace vmtbench

extern "C" {

void __real_tcg_gen_movcond_i64_x86_64(Context, int condition, Value result, Value a, Value b, Value then, Value otherwise);
void __real_tcg_gen_ext32u_i64_x86_64(Context, Value result, Value value);
void __real_tcg_gen_atomic_cmpxchg_i64_x86_64(Context, Value memory, Value address, Value expected, Value stored,
                                              uintptr_t index, uint32_t size);

void __wrap_tcg_gen_movcond_i64_x86_64(Context context, int condition, Value result, Value a, Value b, Value then,
                                       Value otherwise) {
  if (condition == kEqual && result == then && a == otherwise) compared = {a, b, result};
  __real_tcg_gen_movcond_i64_x86_64(context, condition, result, a, b, then, otherwise);
}

void __wrap_tcg_gen_atomic_cmpxchg_i64_x86_64(Context context, Value memory, Value address, Value expected, Value stored,
                                              uintptr_t index, uint32_t size) {
  __real_tcg_gen_atomic_cmpxchg_i64_x86_64(context, memory, address, expected, stored, index, size);
  compared = {memory, expected, 0};
}

// A write of 32 bits to a register; in place it is none.
void __wrap_tcg_gen_ext32u_i64_x86_64(Context context, Value result, Value value) {
  const auto [memory, expected, stored] = compared;
  if (memory == 0 || result == value || (value != memory && value != stored)) {
    __real_tcg_gen_ext32u_i64_x86_64(context, result, value);
  } else if (value == memory) {
    if (stored == 0) __real_tcg_gen_ext32u_i64_x86_64(context, expected, expected);
    __real_tcg_gen_movcond_i64_x86_64(context, kEqual, result, memory, expected, result, memory);
  } else {
    __real_tcg_gen_ext32u_i64_x86_64(context, stored, stored);
    __real_tcg_gen_movcond_i64_x86_64(context, kEqual, result, memory, expected, stored, result);
  }
}

void __real_helper_cmpxchg8b_unlocked_x86_64(void* env, uint64_t address);
void __real_helper_cmpxchg16b_unlocked_x86_64(void* env, uint64_t address);

void __wrap_helper_cmpxchg8b_unlocked_x86_64(void* env, uint64_t address) {
  vmtbench::RestoreState(reinterpret_cast<uintptr_t>(__builtin_return_address(0)) - 1);
  __real_helper_cmpxchg8b_unlocked_x86_64(env, address);
}

void __wrap_helper_cmpxchg16b_unlocked_x86_64(void* env, uint64_t address) {
  vmtbench::RestoreState(reinterpret_cast<uintptr_t>(__builtin_return_address(0)) - 1);
  __real_helper_cmpxchg16b_unlocked_x86_64(env, address);
}

}
