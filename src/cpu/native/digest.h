#pragma once

#include <napi.h>

namespace vmtbench {

void AddPageDigest(const Napi::CallbackInfo& info);
Napi::Value DigestBytes(const Napi::CallbackInfo& info);

}  // namespace vmtbench
