// Comes back out of an engine that aborts.
#pragma once
#include <csetjmp>

namespace vmtbench {

// Where an abort() of the engine goes to instead of ending the process; null: nowhere. Set while the engine runs and
// none of its hooks does, so that only frames of the engine itself are left behind.
extern thread_local jmp_buf* engineAbort;

}  // namespace vmtbench
