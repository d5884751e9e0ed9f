// CMPXCHG as a processor does it. See cmpxchg.cc.
#pragma once

namespace vmtbench {

// A further instruction is going to be translated.
void ForgetCompared();

}  // namespace vmtbench
