// What a page of guest memory holds, as 128 bits: so that two states can be compared without keeping either.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "digest.h"

namespace vmtbench {

namespace {

constexpr size_t kPage = 4096;

bool IsZero(const uint8_t* page) {
  static const uint8_t zeros[kPage] = {};
  return memcmp(page, zeros, kPage) == 0;
}

}  // namespace

// addPageDigest(bytes, shadow | null, offset, place, sums): adds to both sums, modulo 2^64, what stands for the page at
// that offset, were it to lie at that place. A page of zeros adds nothing: it is as if it had never been written.
void AddPageDigest(const Napi::CallbackInfo& info) {
  const auto offset = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  const auto place = static_cast<uint64_t>(info[3].As<Napi::Number>().Int64Value());
  auto sums = info[4].As<Napi::BigUint64Array>();
  const uint8_t* const content = info[0].As<Napi::Uint8Array>().Data() + offset;
  const uint8_t* const shadow = info[1].IsNull() ? nullptr : info[1].As<Napi::Uint8Array>().Data() + offset;
  if (IsZero(content) && (shadow == nullptr || IsZero(shadow))) return;
  XXH128_hash_t parts[2] = {};
  parts[0] = XXH3_128bits(content, kPage);
  if (shadow != nullptr) parts[1] = XXH3_128bits(shadow, kPage);
  const XXH128_hash_t whole = XXH3_128bits_withSeed(parts, sizeof parts, place);
  sums.Data()[0] += whole.low64;
  sums.Data()[1] += whole.high64;
}

}  // namespace vmtbench
