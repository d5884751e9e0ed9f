// What a page of guest memory holds, as 128 bits: so that two states can be compared without keeping either.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdio>
#include <cstring>

#include "digest.h"

namespace vmtbench {

namespace {

constexpr size_t kPage = 4096;

bool IsZero(const uint8_t* page) {
  static const uint8_t zeros[kPage] = {};
  return memcmp(page, zeros, kPage) == 0;
}

// Poison reads as zero: an instruction that touches it is the end of the run, whatever lies there.
void WithoutPoison(const uint8_t* content, const uint8_t* shadow, uint8_t* out) {
  for (size_t at = 0; at < kPage; ++at) out[at] = shadow[at] == 0 ? 0 : content[at];
}

}  // namespace

// addPageDigest(bytes, shadow | null, offset, place, sums): adds to both sums, modulo 2^64, what stands for the page at
// that offset, were it to lie at that place. A page of zeros, or of poison, adds nothing:
// it is as if it had never been written.
void AddPageDigest(const Napi::CallbackInfo& info) {
  const auto offset = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  const auto place = static_cast<uint64_t>(info[3].As<Napi::Number>().Int64Value());
  auto sums = info[4].As<Napi::BigUint64Array>();
  const uint8_t* const content = info[0].As<Napi::Uint8Array>().Data() + offset;
  const uint8_t* const shadow = info[1].IsNull() ? nullptr : info[1].As<Napi::Uint8Array>().Data() + offset;
  XXH128_hash_t parts[2] = {};
  if (shadow == nullptr) {
    if (IsZero(content)) return;
    parts[0] = XXH3_128bits(content, kPage);
  } else {
    if (IsZero(shadow)) return;
    uint8_t known[kPage];
    WithoutPoison(content, shadow, known);
    parts[0] = XXH3_128bits(known, kPage);
    parts[1] = XXH3_128bits(shadow, kPage);
  }
  const XXH128_hash_t whole = XXH3_128bits_withSeed(parts, sizeof parts, place);
  sums.Data()[0] += whole.low64;
  sums.Data()[1] += whole.high64;
}

// digestBytes(bytes, length): 32 hex digits that stand for the first `length` of the bytes.
Napi::Value DigestBytes(const Napi::CallbackInfo& info) {
  const auto length = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  const XXH128_hash_t sum = XXH3_128bits(info[0].As<Napi::Uint8Array>().Data(), length);
  char text[33];
  snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(sum.high64),
           static_cast<unsigned long long>(sum.low64));
  return Napi::String::New(info.Env(), text);
}

}  // namespace vmtbench
