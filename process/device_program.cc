#include "process/device_program.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "fs/base/file_descriptor.h"

namespace postern {
namespace process {
namespace {

// Registers: 0 the answer, 1 the context, then what is read of it.
constexpr uint8_t kKind = 2;
constexpr uint8_t kAccess = 3;
constexpr uint8_t kMajor = 4;
constexpr uint8_t kMinor = 5;
constexpr uint8_t kRest = 6;  // of the access, what a rule does not give

bpf_insn Instruction(int code, uint8_t to, uint8_t from, int16_t jump,
                     int32_t value) {
  bpf_insn instruction = {};
  instruction.code = static_cast<uint8_t>(code);
  instruction.dst_reg = to & 0xf;
  instruction.src_reg = from & 0xf;
  instruction.off = jump;
  instruction.imm = value;
  return instruction;
}

bpf_insn Load(uint8_t to, size_t offset) {
  return Instruction(BPF_LDX | BPF_MEM | BPF_W, to, 1,
                     static_cast<int16_t>(offset), 0);
}

bpf_insn Compute(int operation, uint8_t to, int32_t value) {
  return Instruction(BPF_ALU | BPF_K | operation, to, 0, 0, value);
}

// Skips `jump` instructions unless the register has the value.
bpf_insn SkipUnless(uint8_t reg, uint32_t value, size_t jump) {
  return Instruction(BPF_JMP32 | BPF_JNE | BPF_K, reg, 0,
                     static_cast<int16_t>(jump), static_cast<int32_t>(value));
}

void Answer(int32_t value, std::vector<bpf_insn>* program) {
  program->push_back(Instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, value));
  program->push_back(Instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

uint32_t AccessBits(const DeviceAccess& device) {
  uint32_t bits = 0;
  if (device.create) bits |= BPF_DEVCG_ACC_MKNOD;
  if (device.read) bits |= BPF_DEVCG_ACC_READ;
  if (device.write) bits |= BPF_DEVCG_ACC_WRITE;
  return bits;
}

// If the device and all of the access are this rule's: allow. Else goes on
// behind it.
void AddRule(const DeviceAccess& device, std::vector<bpf_insn>* program) {
  std::vector<bpf_insn> numbers;
  if (device.minor.has_value()) {
    numbers.push_back(SkipUnless(kMinor, *device.minor, 2));
  }
  if (device.major.has_value()) {
    numbers.insert(numbers.begin(),
                   SkipUnless(kMajor, *device.major, 2 + numbers.size()));
  }
  const size_t rest = numbers.size() + 2;
  program->push_back(SkipUnless(
      kKind, device.kind == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR,
      rest + 3));
  program->push_back(
      Instruction(BPF_ALU | BPF_MOV | BPF_X, kRest, kAccess, 0, 0));
  program->push_back(
      Compute(BPF_AND, kRest, static_cast<int32_t>(~AccessBits(device))));
  program->push_back(SkipUnless(kRest, 0, rest));
  program->insert(program->end(), numbers.begin(), numbers.end());
  Answer(1, program);
}

int Bpf(int command, bpf_attr* attributes) {
  return static_cast<int>(
      syscall(SYS_bpf, command, attributes, sizeof(*attributes)));
}

}  // namespace

std::vector<bpf_insn> DeviceProgram(const std::vector<DeviceAccess>& devices) {
  std::vector<bpf_insn> program = {
      Load(kKind, offsetof(bpf_cgroup_dev_ctx, access_type)),
      Load(kAccess, offsetof(bpf_cgroup_dev_ctx, access_type)),
      Load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
      Load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)),
      // Both in one number: access << 16 | kind.
      Compute(BPF_AND, kKind, 0xffff),
      Compute(BPF_RSH, kAccess, 16),
  };
  for (const DeviceAccess& device : devices) AddRule(device, &program);
  Answer(0, &program);
  return program;
}

fs::FileDescriptor LoadDeviceProgram(const std::vector<DeviceAccess>& devices) {
  const std::vector<bpf_insn> program = DeviceProgram(devices);
  static constexpr char kLicense[] = "Apache-2.0";
  bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<uint64_t>(program.data());
  load.insn_cnt = static_cast<uint32_t>(program.size());
  load.license = reinterpret_cast<uint64_t>(kLicense);
  return fs::FileDescriptor(Bpf(BPF_PROG_LOAD, &load));
}

bool AttachDeviceProgram(int program, int directory) {
  bpf_attr attach = {};
  attach.target_fd = static_cast<uint32_t>(directory);
  attach.attach_bpf_fd = static_cast<uint32_t>(program);
  attach.attach_type = BPF_CGROUP_DEVICE;
  // Beside those of groups above, which hold as well.
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  return Bpf(BPF_PROG_ATTACH, &attach) == 0;
}

}  // namespace process
}  // namespace postern
