// One Unicorn engine, and the hooks that bring its port accesses, faults and stores out of it.
#pragma once
#include <napi.h>
#include <unicorn/unicorn.h>

#include <array>
#include <unordered_map>
#include <vector>

#include "coverage.h"
#include "state.h"

namespace vmtbench {

// A mapped range of guest memory. The bytes belong to a JavaScript ArrayBuffer; `owners` keeps it alive.
struct Region {
  uint64_t address;
  uint64_t size;
  uint8_t* memory;
  uint8_t* dirtyFlags;   // one a page
  uint32_t* dirtyPages;  // [0] = how many, then the page numbers in order of first store
  uint8_t* shadow;       // one byte a byte, or null: not checked
  uint32_t protection;   // UC_PROT_*
  std::vector<Napi::ObjectReference> owners;

  bool executable() const { return (protection & UC_PROT_EXEC) != 0; }
  bool writable() const { return (protection & UC_PROT_WRITE) != 0; }
};

// Work between two looks at whether the environment is still there: some ten milliseconds.
constexpr double kSlice = 1 << 20;

uint64_t Address(const Napi::Value& value);

class Engine : public Napi::ObjectWrap<Engine> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Engine(const Napi::CallbackInfo& info);
  ~Engine() override;

  // The engine that this thread is running; a callback may run another one meanwhile.
  static thread_local Engine* running;

  // For what the linker puts between the engine's own parts: clock.cc, debug-registers.cc, self-modifying.cc,
  // translation.cc, code-buffer.cc.
  void ReadClock();
  void RefuseInstruction();
  const uint8_t* CodeAt(uint64_t address, size_t* size);
  bool IsWide() const { return mode_ == UC_MODE_64; }
  uint64_t ReadDebugRegister(int number);
  void WriteDebugRegister(int number, uint64_t value);
  void BeginAnew();
  void* NoteTranslation(void* place);

 private:
  Napi::Value Map(const Napi::CallbackInfo& info);
  Napi::Value Unmap(const Napi::CallbackInfo& info);
  Napi::Value ReadRegister(const Napi::CallbackInfo& info);
  Napi::Value WriteRegister(const Napi::CallbackInfo& info);
  Napi::Value SetDescriptorTable(const Napi::CallbackInfo& info);
  Napi::Value LoadSegment(const Napi::CallbackInfo& info);
  Napi::Value Run(const Napi::CallbackInfo& info);
  Napi::Value Stop(const Napi::CallbackInfo& info);
  Napi::Value SaveContext(const Napi::CallbackInfo& info);
  Napi::Value RestoreContext(const Napi::CallbackInfo& info);
  Napi::Value InvalidateCode(const Napi::CallbackInfo& info);
  Napi::Value SetTrap(const Napi::CallbackInfo& info);
  Napi::Value ClearTrap(const Napi::CallbackInfo& info);
  Napi::Value ReturnSlotIn(const Napi::CallbackInfo& info);
  Napi::Value Preempt(const Napi::CallbackInfo& info);
  Napi::Value CoverEdges(const Napi::CallbackInfo& info);
  Napi::Value CountBlocks(const Napi::CallbackInfo& info);
  Napi::Value ReadEdgeCounts(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  static uint32_t OnIn(uc_engine*, uint32_t port, int width, void* self);
  static void OnOut(uc_engine*, uint32_t port, int width, uint32_t value, void* self);
  static int OnCpuid(uc_engine*, void* self);
  static void OnBlock(uc_engine*, uint64_t address, uint32_t size, void* self);
  static void OnLoad(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t value, void* self);
  static void OnStore(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t value, void* self);
  static bool OnMemoryFault(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t value, void* self);
  static bool OnTranslate(uc_engine*, uint64_t address, uc_mem_type type, uc_tlb_entry* entry, void* self);
  static void OnInterrupt(uc_engine*, uint32_t vector, void* self);
  static bool OnInvalid(uc_engine*, void* self);
  static void OnTrap(uc_engine*, uint64_t address, uint32_t size, void* self);

  // access.cc
  uint32_t Access(uint32_t port, int width, bool output, uint32_t value);
  uint32_t Locate();
  void LeaveBehind(int resultWidth);
  bool Call(napi_ref callback, uint32_t* result = nullptr);
  void Spend(double work);
  void Refill();
  // hooks.cc
  void EndAt(StopCode code);
  void LeaveIfEnded();
  void Fault(uint32_t kind, uint64_t address, int size);
  Region* Find(uint64_t address);
  void CheckRest(const Region& first, uint64_t address, int size);
  // checker.cc
  void Object(Misuse what, uint64_t address, int size);
  void CheckShadow(Region& region, uint64_t offset, int size, bool write);
  void NoteReturnSlot();
  void NoteCallPath();
  void GuardReturnSlots(uint64_t address, int size);
  void ResumeReturnSlots(const std::vector<uint64_t>& saved);
  // registers.cc, contexts.cc
  uint64_t CodeBase();
  void ForgetException();
  void ReadAll();
  void LoadAccessRegisters();
  void StoreRegisters(int first, int last);
  uint64_t ReadPc();
  uint64_t StartAt(uint64_t pc);
  // clock.cc, debug-registers.cc, invalid.cc
  void GoOnAt(uint64_t pc);
  void Loop(uint64_t next, int8_t distance, bool wanted, bool otherAddressSize, bool otherOperandSize);
  bool IsRdtscp(uint64_t address);
  int DebugRegister(int number);
  // run.cc, abort.cc, open.cc
  uc_err Emulate();
  bool Open();
  bool Show(const Region& region);
  void Trap(uint64_t address);
  void Reopen();
  void Free();
  void Refuse(uc_err error, const char* doing);
  bool Opened(Napi::Env env);

  struct Rest;

  static constexpr size_t kSites = 4096;

  struct Site {
    uint64_t block;
    uint32_t index;
    uint32_t generation;
    uint32_t site;
  };

  napi_env env_;
  const uint64_t id_;  // of this process: no two engines have the same, and none has 0
  uc_engine* uc_ = nullptr;
  uc_context* context_ = nullptr;  // registers on their way into or out of a JavaScript array
  uc_mode mode_ = UC_MODE_64;
  State* state_ = nullptr;
  Napi::ObjectReference stateOwner_;
  // The callbacks of the contract, by napi_ref: a raw call is the cheapest that N-API has.
  napi_ref onPort_ = nullptr;
  napi_ref locate_ = nullptr;
  napi_ref onCpuid_ = nullptr;
  napi_ref onPoll_ = nullptr;
  std::array<int, kRegisters> ids_{};
  std::array<uint64_t, kRegisters> shadow_{};  // what the engine holds, as far as state_ was filled from it
  std::array<void*, kRegisters> slots_{};
  std::array<uint64_t, 8> debugRegisters_{};
  std::vector<Region> regions_;
  std::unordered_map<uint64_t, uc_hook> traps_;  // by address: instructions that stop here before they run
  size_t lastRegion_ = 0;
  std::vector<Site> sites_ = std::vector<Site>(kSites);
  uint32_t word_ = 8;        // bytes of an address
  uint32_t generation_ = 1;  // of the guest's code: a store to an executable page makes every known site stale
  uint32_t accessInBlock_ = 0;
  uint64_t stackBase_ = 0;  // the region whose return addresses are guarded
  uint64_t stackSize_ = 0;  // 0: none is
  uint8_t* stackMemory_ = nullptr;
  std::vector<uint64_t> returnSlots_;  // where the calls that are under way will find theirs, the innermost last
  uint64_t home_ = 0;                  // where calls from outside return to
  uint64_t blockEnd_ = 0;              // where the block before this one ended: what a CALL would have pushed
  uint64_t skippedTrap_ = 0;           // the run begins at this trap, which is not to stop it again
  bool skipTrap_ = false;
  Coverage coverage_;
  std::vector<Napi::ObjectReference> edgeOwners_;
  double workBeyond_ = 0;  // the budget behind state_->workLeft: see Refill
  uint32_t stop_ = kHalt;
  bool preempt_ = false;   // the run is to stop behind the access that is being served
  bool behind_ = false;    // it did: state_->next says where
  bool stepping_ = false;  // one instruction, by the trap flag
  bool running_ = false;
  bool resume_ = false;  // stopped to go on where it is
  bool goOn_ = false;    // or at goOnAt_
  uint64_t goOnAt_ = 0;
  void* lastTranslation_ = nullptr;
  bool raised_ = false;  // an exception, which the engine remembers
  bool failed_ = false;  // a callback threw; its exception is pending
};

}  // namespace vmtbench
