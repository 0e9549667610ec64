#include "bindings/c/launcher_options.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "bindings/c/handles.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/backstop/lower_options.h"
#include "process/identity.h"
#include "process/limits.h"
#include "process/start_options.h"

namespace postern {
namespace c {
namespace {

absl::optional<uint64_t> LimitFromC(uint64_t number) {
  return number == 0 ? absl::nullopt : absl::make_optional(number);
}
absl::optional<absl::Duration> LimitFromC(int64_t nanoseconds) {
  if (nanoseconds == 0) return absl::nullopt;
  return absl::Nanoseconds(nanoseconds);
}

// A time that is negative is refused by CheckLimits().
absl::Status ReadLimits(const postern_limits* given, process::Limits* out) {
  if (given == nullptr) return absl::OkStatus();
  postern_limits read = {};
  const absl::Status status = ReadStruct(given, "limits", &read);
  if (!status.ok()) return status;
  out->memory_bytes = LimitFromC(read.memory_bytes);
  if (read.cpu_share_thousandths != 0) {
    out->cpu_share = static_cast<double>(read.cpu_share_thousandths) / 1000;
  }
  out->cpu_time = LimitFromC(read.cpu_time_ns);
  out->processes = LimitFromC(read.processes);
  out->file_bytes = LimitFromC(read.file_bytes);
  out->open_files = LimitFromC(read.open_files);
  out->disk_bytes = LimitFromC(read.disk_bytes);
  out->wall_time = LimitFromC(read.wall_time_ns);
  return process::CheckLimits(*out);
}

absl::Status ReadIdentity(const postern_identity* given,
                          absl::optional<process::Identity>* out) {
  if (given == nullptr) return absl::OkStatus();
  postern_identity read = {};
  const absl::Status status = ReadStruct(given, "identity", &read);
  if (!status.ok()) return status;
  if (!IsReadable(read.groups, read.group_count)) return NullError("groups");
  process::Identity identity;
  identity.uid = read.uid;
  identity.gid = read.gid;
  if (read.group_count > 0) {
    identity.groups.assign(read.groups, read.groups + read.group_count);
  }
  *out = std::move(identity);
  return process::CheckIdentity(**out);
}

absl::Status ReadApproximation(postern_approximation given,
                               absl::string_view what, Approximation* out) {
  switch (given) {
    case POSTERN_NARROWER:
      *out = Approximation::kNarrower;
      return absl::OkStatus();
    case POSTERN_WIDER:
      *out = Approximation::kWider;
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("lower: ", what, " is no approximation"));
  }
}

absl::Status ReadSpines(postern_directory_rights given, SpineRights* out) {
  switch (given) {
    case POSTERN_DIRECTORY_LISTED:
      *out = SpineRights::kListing;
      return absl::OkStatus();
    case POSTERN_DIRECTORY_CLOSED:
      *out = SpineRights::kNone;
      return absl::OkStatus();
    case POSTERN_DIRECTORY_ENTRIES:
      *out = SpineRights::kAll;
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError(
          "lower: directories is none of POSTERN_DIRECTORY_...");
  }
}

void ReadCount(uint64_t given, size_t* out) {
  if (given != 0) *out = static_cast<size_t>(given);
}

absl::Status ReadLowerOptions(const postern_lower_options* given,
                              LowerOptions* out) {
  if (given == nullptr) return absl::OkStatus();
  postern_lower_options read = {};
  absl::Status status = ReadStruct(given, "lower", &read);
  if (status.ok()) {
    status = ReadApproximation(read.asks_and_limits, "asks_and_limits",
                               &out->asks_and_limits);
  }
  if (status.ok()) status = ReadApproximation(read.hosts, "hosts", &out->hosts);
  if (status.ok()) status = ReadSpines(read.directories, &out->spines);
  if (!status.ok()) return status;
  if (!IsFlag(read.masks) || !IsFlag(read.refuse_metadata_changes) ||
      read.reserved != 0) {
    return absl::InvalidArgumentError(
        "lower: masks and refuse_metadata_changes are 0 or 1, and reserved 0");
  }
  out->masks = read.masks == 1;
  out->refuse_metadata_changes = read.refuse_metadata_changes == 1;
  ReadCount(read.max_entries, &out->regions.entries);
  ReadCount(read.max_entries, &out->regions.link_entries);
  ReadCount(read.max_subtrees, &out->regions.subtrees);
  ReadCount(read.max_ports, &out->max_ports);
  return status;
}

}  // namespace

absl::Status ReadLauncherOptions(const postern_launcher_options& given,
                                 postern_launcher_options* read) {
  return ReadStruct(&given, "options", read,
                    offsetof(postern_launcher_options, identity));
}

postern_commands_options CommandsOf(const postern_launcher_options& read) {
  postern_commands_options options = {};
  options.struct_size = sizeof(options);
  options.program_folders = read.program_folders;
  options.program_folder_count = read.program_folder_count;
  options.environment = read.environment;
  options.environment_count = read.environment_count;
  options.base_directory = read.base_directory;
  options.files = read.files;
  return options;
}

absl::Status ReadStartOptions(const postern_launcher_options& read,
                              process::StartOptions* out) {
  if (read.grace_ns < 0) {
    return absl::InvalidArgumentError("options: grace_ns is negative");
  }
  if (read.nice < -20 || read.nice > 19) {
    return absl::InvalidArgumentError("options: nice is not from -20 to 19");
  }
  if (!IsFlag(read.share_memory)) {
    return absl::InvalidArgumentError("options: share_memory is 0 or 1");
  }
  out->grace = absl::Nanoseconds(read.grace_ns);
  if (read.nice != 0) out->nice = read.nice;
  out->shares_memory = read.share_memory == 1;
  return ReadLimits(read.limits, &out->limits);
}

absl::Status ReadConfinement(const postern_launcher_options& read,
                             ConfinedLauncherOptions* out) {
  if (read.require < POSTERN_LEVEL_NONE || read.require > POSTERN_LEVEL_FULL) {
    return absl::InvalidArgumentError("options: require is no level");
  }
  if (!IsFlag(read.no_probe) || !IsFlag(read.keep_policy)) {
    return absl::InvalidArgumentError(
        "options: no_probe and keep_policy are 0 or 1");
  }
  if (!IsFlag(read.require_everything)) {
    return absl::InvalidArgumentError("options: require_everything is 0 or 1");
  }
  out->require = static_cast<EnforcementLevel>(read.require);
  out->probe = read.no_probe == 0;
  out->pass_policy = read.keep_policy == 0;
  if (read.require_everything == 1) out->scope = RequireScope::kEverything;
  const absl::Status status = ReadIdentity(read.identity, &out->identity);
  return status.ok() ? ReadLowerOptions(read.lower, &out->lower) : status;
}

}  // namespace c
}  // namespace postern
