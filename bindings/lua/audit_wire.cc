#include "bindings/lua/audit_wire.h"

#include <cstdint>
#include <utility>

namespace postern {
namespace lua {
namespace {

constexpr char kModule = 'M';
constexpr char kFile = 'F';
constexpr char kCall = 'C';
constexpr char kEnd = 'E';

void AppendNumber(size_t number, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) {
    out->push_back(static_cast<char>(number >> shift & 0xFF));
  }
}

void AppendText(absl::string_view text, std::string* out) {
  AppendNumber(text.size(), out);
  out->append(text.data(), text.size());
}

std::string EncodeText(char kind, absl::string_view text) {
  std::string out(1, kind);
  AppendText(text, &out);
  return out;
}

// Reads from the front of `bytes`; false, and nothing read, if there is less.
bool ReadByte(absl::string_view* bytes, uint8_t* byte) {
  if (bytes->empty()) return false;
  *byte = static_cast<uint8_t>(bytes->front());
  bytes->remove_prefix(1);
  return true;
}

bool ReadNumber(absl::string_view* bytes, uint32_t* number) {
  if (bytes->size() < 4) return false;
  *number = 0;
  for (int i = 3; i >= 0; --i) {
    *number = *number << 8 | static_cast<uint8_t>((*bytes)[i]);
  }
  bytes->remove_prefix(4);
  return true;
}

bool ReadText(absl::string_view* bytes, std::string* text) {
  uint32_t size = 0;
  if (!ReadNumber(bytes, &size) || size > bytes->size()) return false;
  *text = std::string(bytes->substr(0, size));
  bytes->remove_prefix(size);
  return true;
}

bool ReadArg(absl::string_view* bytes, WantedArg* arg) {
  uint8_t kind = 0;
  if (!ReadByte(bytes, &kind) || kind > 2) return false;
  arg->kind = static_cast<WantedArg::Kind>(kind);
  return ReadText(bytes, &arg->name) && ReadText(bytes, &arg->text) &&
         (arg->kind == WantedArg::Kind::kText || arg->text.empty());
}

bool ReadCall(absl::string_view* bytes, WantedCall* call) {
  uint32_t count = 0;
  if (!ReadText(bytes, &call->function) || !ReadNumber(bytes, &count) ||
      count > bytes->size()) {
    return false;
  }
  call->args.resize(count);
  for (WantedArg& arg : call->args) {
    if (!ReadArg(bytes, &arg)) return false;
  }
  return true;
}

// Reads one record but the last.
bool ReadRecord(char kind, absl::string_view* bytes, AuditReport* report) {
  std::string text;
  switch (kind) {
    case kModule:
      if (!ReadText(bytes, &text)) return false;
      report->modules.push_back(std::move(text));
      return true;
    case kFile:
      if (!ReadText(bytes, &text)) return false;
      report->files.push_back(std::move(text));
      return true;
    case kCall: {
      WantedCall call;
      if (!ReadCall(bytes, &call)) return false;
      report->calls.push_back(std::move(call));
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

std::string EncodeModule(absl::string_view name) {
  return EncodeText(kModule, name);
}

std::string EncodeFile(absl::string_view name) {
  return EncodeText(kFile, name);
}

std::string EncodeEnd(absl::string_view error) {
  return EncodeText(kEnd, error);
}

std::string EncodeCall(const WantedCall& call) {
  std::string out = EncodeText(kCall, call.function);
  AppendNumber(call.args.size(), &out);
  for (const WantedArg& arg : call.args) {
    out.push_back(static_cast<char>(arg.kind));
    AppendText(arg.name, &out);
    AppendText(arg.text, &out);
  }
  return out;
}

bool DecodeReport(absl::string_view bytes, AuditReport* report) {
  uint8_t kind = 0;
  while (ReadByte(&bytes, &kind)) {
    if (kind == kEnd) {
      std::string error;
      if (!ReadText(&bytes, &error) || !bytes.empty()) return false;
      report->error = std::move(error);
      return true;
    }
    if (!ReadRecord(static_cast<char>(kind), &bytes, report)) return false;
  }
  return false;
}

}  // namespace lua
}  // namespace postern
