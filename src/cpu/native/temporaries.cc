// A translation has room for 512 values, and the engine does not look whether one more fits: it writes over what lies
// behind them. Each x87 instruction leaves a value or more behind, so that some 450 of them in a row bring the process
// down. The linker shows each value as it is made and given back (--wrap): a block that has used many up ends early.
#include "temporaries.h"

#include <cstdint>

namespace {

// Of 512, some 50 are registers; one instruction takes less than what is left.
constexpr int kMany = 320;

thread_local int used = 0;

}  // namespace

namespace vmtbench {

void ForgetTemporaries() { used = 0; }

bool TemporariesRunOut() { return used > kMany; }

}  // namespace vmtbench

extern "C" {

using Context = void*;
using Value = uintptr_t;

Value __real_tcg_temp_new_internal_x86_64(Context, int type, bool local);
Value __real_tcg_const_i32_x86_64(Context, int32_t value);
Value __real_tcg_const_i64_x86_64(Context, int64_t value);
void __real_tcg_temp_free_internal_x86_64(Context, Value value);

Value __wrap_tcg_temp_new_internal_x86_64(Context context, int type, bool local) {
  used++;
  return __real_tcg_temp_new_internal_x86_64(context, type, local);
}

Value __wrap_tcg_const_i32_x86_64(Context context, int32_t value) {
  used++;
  return __real_tcg_const_i32_x86_64(context, value);
}

Value __wrap_tcg_const_i64_x86_64(Context context, int64_t value) {
  used++;
  return __real_tcg_const_i64_x86_64(context, value);
}

void __wrap_tcg_temp_free_internal_x86_64(Context context, Value value) {
  used--;
  __real_tcg_temp_free_internal_x86_64(context, value);
}

}
