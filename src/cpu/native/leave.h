// Leaves the engine in the middle of an instruction. See leave.cc.
#pragma once
#include <cstdint>

namespace vmtbench {

// Ends the run of this thread at the guest's instruction that is under way, as if it had not begun: what the hooks
// and helpers called by it would still have done is not done. Comes back only where no instruction of the guest is
// under way (a fetch, a translation); then the engine stops by itself where it is. Nothing between the engine and the
// caller may need a destructor.
void LeaveInstruction();

// From inside a helper that translated code called: the engine knows the instruction then, and where its flags are.
void RestoreState(uintptr_t returnAddress);

}  // namespace vmtbench
