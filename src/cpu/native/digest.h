#pragma once

#include <napi.h>

namespace vmtbench {

void AddPageDigest(const Napi::CallbackInfo& info);

}  // namespace vmtbench
