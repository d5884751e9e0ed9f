// How many values a translation has names for. See temporaries.cc.
#pragma once

namespace vmtbench {

// A further block is going to be translated.
void ForgetTemporaries();

// Whether the next instruction had better be the block's last.
bool TemporariesRunOut();

}  // namespace vmtbench
