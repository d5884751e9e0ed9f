// What the engine is asked for while it does not run. See outside.cc.
#pragma once
#include <csetjmp>

namespace vmtbench {

// Where an exception goes to that the processor raises outside of a run; null: nowhere.
extern thread_local jmp_buf* outside;

// Does that, and says whether it came to its end and gave true. `action` must need no destructor.
template <typename Action>
bool Outside(Action action) {
  jmp_buf point;
  if (setjmp(point) != 0) {
    outside = nullptr;
    return false;
  }
  outside = &point;
  const bool result = action();
  outside = nullptr;
  return result;
}

}  // namespace vmtbench
