#include "bindings/deno/questions.h"

#include <arpa/inet.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace postern {
namespace deno {
namespace {

// Deno tells the program alone, so that rules must grant it with any arguments:
// with none, one and many that no rule names. A rule that denies some arguments
// is not seen by that; the kernel starts no program that such a rule is about.
constexpr char kNoRulesArgument[] = "\x01";
constexpr size_t kManyArguments = 40;

using Way = std::vector<Question>;

Questions No(std::string problem) { return {{}, std::move(problem)}; }
Questions One(Way way) { return {{std::move(way)}, ""}; }

Question Ask(postern_permission permission, postern_form form,
             std::string text) {
  Question question;
  question.permission = permission;
  question.form = form;
  question.text = std::move(text);
  return question;
}

Question Whole(postern_permission permission) {
  return Ask(permission, POSTERN_FORM_WHOLE, "");
}

// As Deno itself takes a name: "." and ".." are settled in the text.
std::string Lexical(absl::string_view path) {
  std::vector<absl::string_view> parts;
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return absl::StrCat("/", absl::StrJoin(parts, "/"));
}

// "" if it cannot be known.
std::string Absolute(const std::string& path, const AskingDeno& deno) {
  if (path.empty()) return "";
  if (absl::StartsWith(path, "/")) return Lexical(path);
  return deno.directory.empty()
             ? ""
             : Lexical(absl::StrCat(deno.directory, "/", path));
}

// The name, and the one that it leads to; false if one is not known.
bool AddNames(postern_permission permission, const std::string& path,
              const AskingDeno& deno, Way* way) {
  const std::string name = Absolute(path, deno);
  const std::string real = name.empty() ? "" : deno.real_name(name);
  if (real.empty()) return false;
  way->push_back(Ask(permission, POSTERN_FORM_PATH, name));
  if (real != name) way->push_back(Ask(permission, POSTERN_FORM_PATH, real));
  return true;
}

// A rule about one name of a file holds for the file.
void AddOtherNames(const AskingDeno& deno, Way* way) {
  if (!deno.denied_names) return;
  const Question asked = way->back();
  for (std::string& name : deno.denied_names(asked.text)) {
    if (name == asked.text) continue;
    way->push_back(Ask(asked.permission, asked.form, std::move(name)));
    way->back().by_other_name = true;
  }
}

// The devices that programs take for granted: null, zero, full, random, urandom
// (Linux, devices.txt).
bool IsHarmlessDevice(const struct stat& info) {
  constexpr unsigned kMemory = 1;
  constexpr unsigned kMinors[] = {3, 5, 7, 8, 9};
  const unsigned number = minor(info.st_rdev);
  return S_ISCHR(info.st_mode) && major(info.st_rdev) == kMemory &&
         std::find(std::begin(kMinors), std::end(kMinors), number) !=
             std::end(kMinors);
}

// What guarded files refuse too: a pipe would block, a device does what it
// does, and a file with other names (hard links) may be denied by one of them.
std::string TroubleWithObject(const std::string& path, bool writes) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0 || S_ISDIR(info.st_mode) ||
      S_ISSOCK(info.st_mode) || IsHarmlessDevice(info)) {
    return "";
  }
  if (!S_ISREG(info.st_mode)) return "a pipe or a device";
  return writes && info.st_nlink > 1 ? "the file has other names (hard links)"
                                     : "";
}

bool IsOwn(const Way& way, const std::string& folder) {
  return !folder.empty() &&
         std::any_of(way.begin(), way.end(), [&](const Question& question) {
           return question.text == folder ||
                  absl::StartsWith(question.text, folder + "/");
         });
}

Questions ForFile(postern_permission permission, const std::string& path,
                  const AskingDeno& deno) {
  Way way;
  if (!AddNames(permission, path, deno, &way)) {
    return No("the name of the file cannot be followed");
  }
  if (IsOwn(way, deno.own_folder)) return No("the broker's own files");
  const std::string trouble =
      TroubleWithObject(way.back().text, permission == POSTERN_FS_WRITE);
  if (!trouble.empty()) return No(trouble);
  AddOtherNames(deno, &way);
  // Deno calls some places by names of its own, which may be those of files.
  if (absl::StartsWith(path, "<") && absl::EndsWith(path, ">")) {
    if (path != "<TMP>" || !AddNames(permission, deno.temporary, deno, &way)) {
      return No("a place that is not known");
    }
  }
  return One(std::move(way));
}

// Deno does not say whether it connects or listens.
Questions ForNetwork(const absl::optional<std::string>& value) {
  if (!value) {
    return One({Whole(POSTERN_NET_CONNECT), Whole(POSTERN_NET_LISTEN)});
  }
  Questions questions;
  for (const postern_permission permission :
       {POSTERN_NET_CONNECT, POSTERN_NET_LISTEN}) {
    questions.ways.push_back({Ask(permission, POSTERN_FORM_ENDPOINT, *value)});
  }
  return questions;
}

bool IsProgram(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

// As Deno finds a bare name. One that is nowhere is asked for as it is.
std::string ProgramPath(const std::string& name, const AskingDeno& deno) {
  if (absl::StrContains(name, "/")) return Absolute(name, deno);
  for (const std::string& folder : deno.program_folders) {
    const std::string path = absl::StrCat(folder, "/", name);
    if (IsProgram(path)) return path;
  }
  return name;
}

Questions ForProgram(const absl::optional<std::string>& value,
                     const AskingDeno& deno) {
  if (!value) return One({Whole(POSTERN_PROCESS_SPAWN)});
  const std::string name = ProgramPath(*value, deno);
  const bool has_path = absl::StartsWith(name, "/");
  const std::string real = has_path ? deno.real_name(name) : name;
  if (real.empty()) return No("the name of the program cannot be followed");
  Way way;
  for (const size_t count : {size_t{0}, size_t{1}, kManyArguments}) {
    Question question = Ask(POSTERN_PROCESS_SPAWN, POSTERN_FORM_COMMAND, real);
    question.args.assign(count, kNoRulesArgument);
    way.push_back(std::move(question));
  }
  return One(std::move(way));
}

// Whether it is "HOST:PORT" with nothing of a path, a user or a query in it:
// the host is put into a URL.
bool IsHostAndPort(absl::string_view place) {
  const size_t colon = place.rfind(':');
  if (colon == place.npos || colon == 0) return false;
  absl::string_view host = place.substr(0, colon);
  uint32_t port = 0;
  if (!absl::c_all_of(place.substr(colon + 1), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(place.substr(colon + 1), &port) || port > 65535) {
    return false;
  }
  if (absl::ConsumePrefix(&host, "[")) {
    return absl::ConsumeSuffix(&host, "]") &&
           host.find_first_not_of("0123456789abcdefABCDEF:.") == host.npos;
  }
  return absl::c_all_of(host, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' ||
           c == '-' || c == '_';
  });
}

// Deno tells host and port alone. A rule has to grant all that is there, by the
// scheme of the port; where that is not known, by both.
Questions ForImport(const absl::optional<std::string>& value) {
  if (!value) return One({Whole(POSTERN_CODE_IMPORT)});
  const std::string& place = *value;
  if (!IsHostAndPort(place)) return No("no host with a port");
  if (absl::EndsWith(place, ":443")) {
    return One(
        {Ask(POSTERN_CODE_IMPORT, POSTERN_FORM_NAME,
             absl::StrCat("https://", absl::StripSuffix(place, ":443"), "/"))});
  }
  Way way = {
      Ask(POSTERN_CODE_IMPORT, POSTERN_FORM_NAME,
          absl::StrCat("http://", absl::StripSuffix(place, ":80"), "/"))};
  if (!absl::EndsWith(place, ":80")) {
    way.push_back(Ask(POSTERN_CODE_IMPORT, POSTERN_FORM_NAME,
                      absl::StrCat("https://", place, "/")));
  }
  return One(std::move(way));
}

Questions Named(postern_permission permission,
                const absl::optional<std::string>& value) {
  return One(
      {value ? Ask(permission, POSTERN_FORM_NAME, *value) : Whole(permission)});
}

Questions ForPath(postern_permission permission, const BrokerRequest& request,
                  const AskingDeno& deno) {
  return request.value ? ForFile(permission, *request.value, deno)
                       : One({Whole(permission)});
}

}  // namespace

std::string HostName(absl::string_view endpoint) {
  if (absl::StartsWith(endpoint, "[") || absl::StartsWith(endpoint, "unix:") ||
      absl::StartsWith(endpoint, "unix-abstract:") ||
      absl::StartsWith(endpoint, "vsock:")) {
    return "";
  }
  const std::string host(endpoint.substr(0, endpoint.rfind(':')));
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ? "" : host;
}

Questions QuestionsFor(const BrokerRequest& request, const AskingDeno& deno) {
  const std::string& permission = request.permission;
  if (permission == "read") return ForPath(POSTERN_FS_READ, request, deno);
  if (permission == "write") return ForPath(POSTERN_FS_WRITE, request, deno);
  if (permission == "ffi") return ForPath(POSTERN_CODE_LOAD, request, deno);
  if (permission == "net") return ForNetwork(request.value);
  if (permission == "env") return Named(POSTERN_ENV_READ, request.value);
  if (permission == "sys") return Named(POSTERN_SYS_INFO, request.value);
  if (permission == "run") return ForProgram(request.value, deno);
  if (permission == "import") return ForImport(request.value);
  return No("a permission that is not known");
}

}  // namespace deno
}  // namespace postern
