#include "bindings/cli/launch_options.h"

#include <grp.h>
#include <pwd.h>
#include <sys/types.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;

constexpr absl::string_view kSize =
    "a size: bytes, or a number with K, M, G or T behind it, as 64M";
constexpr absl::string_view kTime = "a time, as 500ms, 10s, 5m or 1h";
constexpr absl::string_view kCount = "a whole number above 0";

absl::Status Unreadable(absl::string_view option, absl::string_view text,
                        absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat(
      option, " takes ", wanted, "; ", QuoteForDisplay(text), " is none"));
}

// Digits alone: SimpleAtoi() takes signs and blanks.
absl::optional<uint64_t> Number(absl::string_view text) {
  uint64_t number;
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos ||
      !absl::SimpleAtoi(text, &number)) {
    return absl::nullopt;
  }
  return number;
}

absl::optional<uint64_t> Size(absl::string_view text) {
  constexpr absl::string_view kUnits = "KMGT";
  if (text.empty()) return absl::nullopt;
  const size_t unit = kUnits.find(text.back());
  if (unit == kUnits.npos) return Number(text);
  text.remove_suffix(1);
  const absl::optional<uint64_t> number = Number(text);
  const int shift = 10 * (static_cast<int>(unit) + 1);
  if (!number || *number > (std::numeric_limits<uint64_t>::max() >> shift)) {
    return absl::nullopt;
  }
  return *number << shift;
}

absl::optional<absl::Duration> Time(const std::string& text) {
  absl::Duration time;
  if (!absl::ParseDuration(text, &time) || time <= absl::ZeroDuration() ||
      time == absl::InfiniteDuration()) {
    return absl::nullopt;
  }
  return time;
}

absl::optional<double> Share(const std::string& text) {
  double share;
  if (text.find_first_not_of("0123456789.") != text.npos ||
      !absl::SimpleAtod(text, &share) || !(share > 0) ||
      !std::isfinite(share)) {
    return absl::nullopt;
  }
  return share;
}

// Sets `*out` if the option was given. Zero is left to CheckLimits().
template <typename T>
absl::Status Take(const std::string& text, absl::string_view option,
                  absl::string_view wanted, absl::optional<T> value,
                  absl::optional<T>* out) {
  if (text.empty()) return absl::OkStatus();
  if (!value) return Unreadable(option, text, wanted);
  *out = *std::move(value);
  return absl::OkStatus();
}

absl::Status ReadLimits(const Arguments& a, process::Limits* out) {
  for (const absl::Status& status : {
           Take(a.memory, "--memory", kSize, Size(a.memory),
                &out->memory_bytes),
           Take(a.cpu_share, "--cpu-share",
                "a number of processors above 0, as 0.5 or 2",
                Share(a.cpu_share), &out->cpu_share),
           Take(a.cpu_time, "--cpu-time", kTime, Time(a.cpu_time),
                &out->cpu_time),
           Take(a.processes, "--processes", kCount, Number(a.processes),
                &out->processes),
           Take(a.file_size, "--file-size", kSize, Size(a.file_size),
                &out->file_bytes),
           Take(a.open_files, "--open-files", kCount, Number(a.open_files),
                &out->open_files),
           Take(a.disk_use, "--disk-use", kSize, Size(a.disk_use),
                &out->disk_bytes),
           Take(a.wall_time, "--wall-time", kTime, Time(a.wall_time),
                &out->wall_time),
       }) {
    if (!status.ok()) return status;
  }
  return process::CheckLimits(*out);
}

absl::Status ReadNice(const std::string& text, absl::optional<int>* out) {
  if (text.empty()) return absl::OkStatus();
  const bool less = text[0] == '-';
  const absl::optional<uint64_t> number =
      Number(absl::string_view(text).substr(less ? 1 : 0));
  if (!number || *number > (less ? 20 : 19)) {
    return Unreadable("--nice", text, "a whole number from -20 to 19");
  }
  *out = less ? -static_cast<int>(*number) : static_cast<int>(*number);
  return absl::OkStatus();
}

// What the system knows of a user, by name or number.
struct User {
  uid_t uid;
  absl::optional<gid_t> gid;  // none: a number without an entry
  std::string name;           // "" likewise
};

template <typename Id>
absl::optional<Id> IdNumber(absl::string_view text) {
  const absl::optional<uint64_t> number = Number(text);
  // The largest number means "leave as it is" to setresuid(2).
  if (!number || *number >= std::numeric_limits<Id>::max()) {
    return absl::nullopt;
  }
  return static_cast<Id>(*number);
}

absl::optional<User> FindUser(const std::string& text) {
  const absl::optional<uid_t> number = IdNumber<uid_t>(text);
  const passwd* const entry =
      number ? getpwuid(*number) : getpwnam(text.c_str());
  if (entry != nullptr) {
    return User{entry->pw_uid, entry->pw_gid, entry->pw_name};
  }
  return number ? absl::make_optional(User{*number, absl::nullopt, ""})
                : absl::nullopt;
}

absl::optional<gid_t> FindGroup(const std::string& text) {
  const absl::optional<gid_t> number = IdNumber<gid_t>(text);
  if (number) return number;
  const group* const entry = getgrnam(text.c_str());
  return entry != nullptr ? absl::make_optional(entry->gr_gid) : absl::nullopt;
}

std::vector<gid_t> GroupsOf(const User& user, gid_t gid) {
  if (user.name.empty()) return {};
  int count = 64;
  std::vector<gid_t> groups(count);
  if (getgrouplist(user.name.c_str(), gid, groups.data(), &count) < 0) {
    groups.resize(count);
    getgrouplist(user.name.c_str(), gid, groups.data(), &count);
  }
  groups.resize(count);
  return groups;
}

// USER or USER:GROUP. A group that is given is the only one.
absl::Status ReadUser(const std::string& text,
                      absl::optional<process::Identity>* out) {
  if (text.empty()) return absl::OkStatus();
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  const bool names_group = text.find(':') != text.npos;
  const absl::optional<User> user = FindUser(parts.first);
  if (!user) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--user: there is no user ", QuoteForDisplay(parts.first)));
  }
  const absl::optional<gid_t> gid =
      names_group ? FindGroup(parts.second) : user->gid;
  if (!gid) {
    return absl::InvalidArgumentError(
        names_group ? absl::StrCat("--user: there is no group ",
                                   QuoteForDisplay(parts.second))
                    : absl::StrCat("--user: nobody has the number ",
                                   parts.first, "; give a group, as ",
                                   parts.first, ":", parts.first));
  }
  process::Identity identity;
  identity.uid = user->uid;
  identity.gid = *gid;
  if (!names_group) identity.groups = GroupsOf(*user, *gid);
  *out = std::move(identity);
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadLaunchOptions(const Arguments& arguments,
                               process::StartOptions* start,
                               absl::optional<process::Identity>* identity) {
  absl::Status status = ReadLimits(arguments, &start->limits);
  if (status.ok()) status = ReadNice(arguments.nice, &start->nice);
  if (status.ok()) status = ReadUser(arguments.user, identity);
  if (!status.ok() || arguments.grace.empty()) return status;
  const absl::optional<absl::Duration> grace = Time(arguments.grace);
  if (!grace) return Unreadable("--grace", arguments.grace, kTime);
  start->grace = *grace;
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> ReadSize(absl::string_view option,
                                  const std::string& text, uint64_t otherwise) {
  if (text.empty()) return otherwise;
  const absl::optional<uint64_t> size = Size(text);
  if (!size || *size == 0) return Unreadable(option, text, kSize);
  return *size;
}

}  // namespace cli
}  // namespace postern
