#include "bindings/cli/app.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bindings/lua/app_directory.h"
#include "permission/approval/manifest_proto.h"
#include "permission/builder.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;

absl::StatusOr<std::string> RealDirectory(const std::string& directory) {
  const std::unique_ptr<char, decltype(&free)> real(
      realpath(directory.c_str(), nullptr), &free);
  struct stat info;
  if (real == nullptr || stat(real.get(), &info) != 0) {
    return absl::NotFoundError(
        absl::StrCat("cannot open the app ", QuoteForDisplay(directory), ": ",
                     absl::AsciiStrToLower(std::strerror(errno)),
                     "; give the directory that holds its manifest"));
  }
  if (!S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuoteForDisplay(directory),
                     " is no directory; give the one that holds the app's "
                     "manifest"));
  }
  return std::string(real.get());
}

// Whether there is anything of this name, readable or not.
bool Exists(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0 || errno != ENOENT;
}

// As the app's Lua files are read: a link could lead to anything, whose text an
// error message would then show.
absl::StatusOr<Manifest> ReadManifest(const std::string& directory,
                                      const std::string& name) {
  const absl::StatusOr<lua::AppDirectory> files =
      lua::AppDirectory::Open(directory);
  if (!files.ok()) return files.status();
  const ReadLimits limits = ManifestReadLimits();
  const absl::StatusOr<std::string> text = files->Read(name, limits.max_bytes);
  if (!text.ok()) return text.status();
  const std::string path = absl::StrCat(directory, "/", name);
  return absl::EndsWith(name, ".json") ? ParseManifestJson(*text, path, limits)
                                       : ParseManifestText(*text, path, limits);
}

// A pattern that no policy can hold is an error before anything is shown,
// approved or run. Variables are none here: no host gives any.
absl::Status CheckPatterns(const App& app) {
  PolicySpec spec;
  spec.base_directory = app.directory;
  spec.layers.emplace_back();
  spec.layers[0].name = "manifest";
  for (const PermissionRequest& request : app.manifest.requests) {
    Rule rule;
    rule.effect = Effect::kAllow;
    rule.permissions = request.permissions;
    rule.pattern = request.pattern;
    rule.source = request.source;
    spec.layers[0].rules.push_back(std::move(rule));
  }
  return PolicyBuilder(std::move(spec)).Build().status();
}

}  // namespace

absl::StatusOr<App> LoadApp(const std::string& directory) {
  absl::StatusOr<std::string> real = RealDirectory(directory);
  if (!real.ok()) return real.status();
  const std::string text = "manifest.textproto";
  const std::string json = "manifest.json";
  const bool has_json = Exists(absl::StrCat(*real, "/", json));
  const bool has_text = Exists(absl::StrCat(*real, "/", text));
  if (has_json && has_text) {
    return absl::InvalidArgumentError(absl::StrCat(
        QuoteForDisplay(directory),
        " holds manifest.textproto and manifest.json; remove one of them"));
  }
  if (!has_json && !has_text) {
    return absl::NotFoundError(
        absl::StrCat(QuoteForDisplay(directory),
                     " holds no manifest; write manifest.textproto or "
                     "manifest.json there"));
  }
  absl::StatusOr<Manifest> manifest =
      ReadManifest(*real, has_json ? json : text);
  if (!manifest.ok()) return manifest.status();
  App app{*std::move(real), *std::move(manifest)};
  const absl::Status patterns = CheckPatterns(app);
  if (!patterns.ok()) return patterns;
  return app;
}

absl::Status CheckPlace(const App& app, const ApprovalState& state,
                        absl::string_view advice) {
  if (!state.approval || state.approval->place.empty() ||
      state.approval->place == app.directory) {
    return absl::OkStatus();
  }
  const std::string id = QuoteForDisplay(state.approval->app);
  return absl::FailedPreconditionError(absl::StrCat(
      "the approval of ", id, " is for the app in ",
      QuoteForDisplay(state.approval->place), ", not for the one in ",
      QuoteForDisplay(app.directory), advice));
}

std::string CurrentPerson() {
  const char* const sudo_user = getenv("SUDO_USER");
  if (geteuid() == 0 && sudo_user != nullptr && *sudo_user != '\0') {
    return sudo_user;
  }
  const struct passwd* const entry = getpwuid(getuid());
  return entry != nullptr ? entry->pw_name : absl::StrCat("uid ", getuid());
}

}  // namespace cli
}  // namespace postern
