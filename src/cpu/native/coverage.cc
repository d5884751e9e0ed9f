// Coverage: noted at each block, read from TypeScript.
#include "coverage.h"

#include "engine.h"

namespace vmtbench {

namespace {

// Odd constants with bits all over: what a block's address is multiplied by.
constexpr uint64_t kFrom = 0x9e3779b97f4a7c15;
constexpr uint64_t kTo = 0xc2b2ae3d27d4eb4f;
constexpr uint8_t kMost = 0xff;

}  // namespace

// An edge has the same index in every process: it depends on the two addresses alone.
void EdgeMap::Note(uint64_t from, uint64_t to) {
  const uint64_t index = (from * kFrom + to * kTo) >> shift;
  uint8_t& counter = counters[index];
  if (counter == 0) touched[++touched[0]] = static_cast<uint32_t>(index);
  if (counter != kMost) counter++;
}

void BlockCounts::Note(uint64_t from, uint64_t address, uint32_t size) {
  BlockCount& block = Place(from, address);
  block.size = size;
  if (block.count++ != 0) return;
  block.from = from;
  block.address = address;
  if (++used_ * 2 > table_.size()) Grow();
}

BlockCount& BlockCounts::Place(uint64_t from, uint64_t address) {
  const size_t mask = table_.size() - 1;
  size_t at = static_cast<size_t>((from * kTo + address * kFrom) >> 32) & mask;
  while (table_[at].count != 0 && (table_[at].address != address || table_[at].from != from)) at = (at + 1) & mask;
  return table_[at];
}

void BlockCounts::Grow() {
  const std::vector<BlockCount> old = std::move(table_);
  table_ = std::vector<BlockCount>(old.size() * 2);
  for (const BlockCount& block : old) {
    if (block.count != 0) Place(block.from, block.address) = block;
  }
}

void Coverage::Note(uint64_t address, uint32_t size) {
  if (edges.counters != nullptr) edges.Note(previous, address);
  if (counts) blocks.Note(previous, address, size);
  previous = address;
}

// coverEdges(counters: Uint8Array | null, touched: Uint32Array | null): the length of the counters is a power of two
Napi::Value Engine::CoverEdges(const Napi::CallbackInfo& info) {
  edgeOwners_.clear();
  coverage_.edges = EdgeMap();
  if (info[0].IsNull()) return info.Env().Undefined();
  auto counters = info[0].As<Napi::Uint8Array>();
  auto touched = info[1].As<Napi::Uint32Array>();
  edgeOwners_.push_back(Napi::Persistent(counters.As<Napi::Object>()));
  edgeOwners_.push_back(Napi::Persistent(touched.As<Napi::Object>()));
  coverage_.edges = {counters.Data(), touched.Data(), 64 - __builtin_ctzll(counters.ByteLength())};
  return info.Env().Undefined();
}

// countBlocks(on: boolean): from nothing, whether it was on before or not
Napi::Value Engine::CountBlocks(const Napi::CallbackInfo& info) {
  coverage_.counts = info[0].As<Napi::Boolean>();
  coverage_.blocks = BlockCounts();
  return info.Env().Undefined();
}

// edgeCounts(): BigUint64Array of the block before, address, bytes, executions of each edge, in no order
Napi::Value Engine::ReadEdgeCounts(const Napi::CallbackInfo& info) {
  auto result = Napi::BigUint64Array::New(info.Env(), coverage_.blocks.used() * 4);
  size_t at = 0;
  for (const BlockCount& block : coverage_.blocks.table()) {
    if (block.count == 0) continue;
    result[at++] = block.from;
    result[at++] = block.address;
    result[at++] = block.size;
    result[at++] = block.count;
  }
  return result;
}

}  // namespace vmtbench
