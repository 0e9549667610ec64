#include "permission/guard/spawn_request.h"

namespace postern {
namespace {

constexpr char kShell[] = "/bin/sh";

}  // namespace

SpawnRequest ShellRequest(absl::string_view text) {
  SpawnRequest request;
  request.program = kShell;
  request.args = {"-c", std::string(text)};
  return request;
}

}  // namespace postern
