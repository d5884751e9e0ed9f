// The memory that the addon and TypeScript share: one flat record an engine, so that a port access costs one call
// and no marshalling. src/cpu/native.ts states the same layout; a test compares the two field by field.
#pragma once
#include <cstdint>

namespace vmtbench {

constexpr int kAccessRegisters = 7;  // rax rbx rcx rdx rsi rdi rbp: what a port access sees
constexpr int kRax = 0;
constexpr int kRcx = 2;
constexpr int kRdx = 3;
constexpr int kRsp = 7;
constexpr int kRip = 16;
constexpr int kRflags = 17;
constexpr int kRegisters = 18;  // the seven, then rsp r8..r15 rip rflags
constexpr int kMostReturns = 24;    // calls under way that are reported

struct State {
  uint64_t registers[kRegisters];  // rip is linear in every mode
  uint64_t block;                  // address of the block being run
  uint64_t faultAddress;           // the address that a faulting access named
  uint64_t next;                   // preempt(): where the guest goes on
  double now;                      // virtual time, ns
  double blockNs;                  // what a block costs
  double accessNs;                 // what a port access costs
  double workLeft;                 // budget: the run stops when it is used up
  double serviceWork;               // how many blocks' work a port access, CPUID or RDTSC is
  double tscKhz;                   // the rate of the time stamp counter
  uint32_t port;
  uint32_t width;        // bytes: 1, 2 or 4
  uint32_t output;       // 1 for OUT and OUTS
  uint32_t value;        // OUT: what the guest sent. IN, on return: what it gets
  uint32_t site;         // which instruction this is: what the locate callback gave; odd = string I/O, which needs rflags
  uint32_t overwritten;  // INS stores a dummy 0 before it asks the port: what stood there
  uint32_t faultKind;    // a uc_mem_type; memory checker: a Misuse
  uint32_t faultSize;    // bytes
  uint32_t vector;       // interrupt or exception number
  uint32_t error;        // the engine's own error, where nothing else explains the stop
  uint32_t blockSize;    // bytes of the block being run
  uint32_t timeRead;     // 1: the guest has read the time stamp counter
  double callPath;                  // a number that stands for `returns`; 0: no call is under way
  uint64_t returns[kMostReturns];   // where the calls under way return to, the innermost first; 0 ends the list
};
static_assert(sizeof(State) == 8 * (kRegisters + 3 + 6) + 4 * 12 + 8 * (1 + kMostReturns), "no padding");

enum StopCode : uint32_t {
  kHalt = 0,
  kBudget = 1,
  kStopped = 2,
  kMemoryFault = 3,
  kInterrupt = 4,
  kInvalidInstruction = 5,
  kEngineError = 6,
  kMisuse = 7,
  kUntranslatable = 8,
  kTrap = 9,
  kPreempted = 10,
};

// What the memory checker objects to.
enum Misuse : uint32_t {
  kReadPoison = 0,
  kWritePoison = 1,
  kWriteReturnAddress = 2,
};

// What the locate callback gives for an instruction that no processor has, such as LOCK before IN.
constexpr uint32_t kNoSite = 0xffffffff;

// A shadow byte, one for each byte of a checked region. 0 is poison: nobody may touch that byte.
constexpr uint8_t kAddressable = 1;
constexpr uint8_t kWritten = 2;

}  // namespace vmtbench
