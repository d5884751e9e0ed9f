// What a guest executed: edges between blocks, and how often each block ran. Off unless asked for.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vmtbench {

// Counters of edges that belong to a JavaScript array, and the list of those that are not 0: whoever clears the map
// clears those alone.
struct EdgeMap {
  uint8_t* counters = nullptr;  // null: off
  uint32_t* touched = nullptr;  // [0] = how many, then the indexes in order of first use
  int shift = 0;                // 64 less the bits of an index

  void Note(uint64_t from, uint64_t to);
};

// A block that ran, by the block before it: how often each side of a branch was taken is in the counts, too.
struct BlockCount {
  uint64_t from;  // 0: the first of a run
  uint64_t address;
  uint64_t size;   // bytes
  uint64_t count;  // 0: a free place
};

// Block counts by both addresses: a table with open addressing, at most half full.
class BlockCounts {
 public:
  void Note(uint64_t from, uint64_t address, uint32_t size);
  const std::vector<BlockCount>& table() const { return table_; }
  size_t used() const { return used_; }

 private:
  BlockCount& Place(uint64_t from, uint64_t address);
  void Grow();

  std::vector<BlockCount> table_ = std::vector<BlockCount>(1024);
  size_t used_ = 0;
};

struct Coverage {
  EdgeMap edges;
  bool counts = false;
  BlockCounts blocks;
  uint64_t previous = 0;  // the block before this one; 0 at the start of a run

  bool on() const { return edges.counters != nullptr || counts; }
  void Note(uint64_t address, uint32_t size);
};

}  // namespace vmtbench
