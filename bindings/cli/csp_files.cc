#include "bindings/cli/csp_files.h"

#include <glob.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bindings/cli/config_value.h"
#include "bindings/cli/config_yaml.h"
#include "net/csp/existing_text.h"
#include "net/csp/policy.h"
#include "permission/approval/csp_request.h"
#include "permission/approval/manifest.h"
#include "permission/approval/manifest_proto.h"
#include "permission/proto/form.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;

bool IsYaml(const std::string& file) {
  return absl::EndsWithIgnoreCase(file, ".yaml") ||
         absl::EndsWithIgnoreCase(file, ".yml");
}

bool IsJson(const std::string& file) {
  return absl::EndsWithIgnoreCase(file, ".json");
}

// Whether the name promises a manifest. ".policy" may be lines of a policy.
bool IsManifest(const std::string& file) {
  return DetectForm(file).ok() && !absl::EndsWith(file, ".policy");
}

absl::StatusOr<ConfigValue> ReadConfig(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadSmallFile(file);
  if (!text.ok()) return text.status();
  return IsYaml(file) ? ReadConfigYaml(file, *text)
                      : ReadConfigJson(file, *text);
}

absl::StatusOr<csp::PolicyText> ReadManifest(const std::string& file) {
  const absl::StatusOr<Manifest> manifest = ReadManifestFile(file);
  if (!manifest.ok()) return manifest.status();
  return CspPolicyText(manifest->csp);
}

// The files that a name stands for. glob(3) sorts them by their bytes, as no
// locale is set.
absl::Status AddFiles(const std::string& name, std::vector<std::string>* out) {
  if (name.find_first_of("*?[") == name.npos) {
    out->push_back(name);
    return absl::OkStatus();
  }
  glob_t found = {};
  const int code = glob(name.c_str(), GLOB_ERR, nullptr, &found);
  for (size_t i = 0; i < found.gl_pathc; ++i) {
    out->emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  if (code == 0 || code == GLOB_NOMATCH) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("cannot look for ", QuoteForDisplay(name)));
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& name) {
  return ReadRegularFile(name, csp::kMaxHeaderBytes);
}

template <typename ReadOne>
absl::StatusOr<csp::PolicyText> CspFiles::ReadAll(
    const std::vector<std::string>& names, ReadOne read_one) {
  std::vector<std::string> files;
  for (const std::string& list : names) {
    for (absl::string_view name : absl::StrSplit(list, ',')) {
      const absl::Status status = AddFiles(std::string(name), &files);
      if (!status.ok()) return status;
    }
  }
  if (files.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no file is called like ", QuoteForDisplay(names[0])));
  }
  files_ += files.size();
  if (files_ > kMaxFiles) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", kMaxFiles, " files"));
  }
  std::vector<csp::PolicyText> texts;
  for (const std::string& file : files) {
    absl::StatusOr<csp::PolicyText> text = read_one(file);
    if (!text.ok()) return text.status();
    texts.push_back(*std::move(text));
  }
  return csp::JoinPolicyTexts(std::move(texts), &warnings_);
}

absl::StatusOr<csp::PolicyText> CspFiles::ReadExisting(
    const std::vector<std::string>& names) {
  return ReadAll(
      names, [this](const std::string& file) { return ReadOneExisting(file); });
}

absl::StatusOr<csp::PolicyText> CspFiles::ReadAsked(
    const std::string& app, const std::vector<std::string>& names) {
  return ReadAll(names, [this, &app](const std::string& file) {
    return ReadOneAsked(app, file);
  });
}

absl::StatusOr<csp::PolicyText> CspFiles::ReadOneExisting(
    const std::string& file) {
  std::vector<csp::ParseWarning> warnings;
  absl::StatusOr<csp::PolicyText> out;
  if (IsYaml(file) || IsJson(file)) {
    const absl::StatusOr<ConfigValue> root = ReadConfig(file);
    if (!root.ok()) return root.status();
    out = CspOfDirectives(file, *root, csp::LeftOut::kUnknownDirectives,
                          &variables_, &warnings);
  } else {
    const absl::StatusOr<std::string> text = ReadSmallFile(file);
    if (!text.ok()) return text.status();
    out = csp::ParseExistingPolicy(file, *text, &warnings);
  }
  Warn(file, warnings);
  return out;
}

absl::StatusOr<csp::PolicyText> CspFiles::ReadOneAsked(
    const std::string& app, const std::string& file) {
  if (IsYaml(file) || IsJson(file)) {
    const absl::StatusOr<ConfigValue> root = ReadConfig(file);
    // A manifest of ours has an error of its own.
    const bool ours =
        IsJson(file) &&
        (!root.ok() || (!IsDirectives(*root) && !IsAppConfig(*root)));
    if (ours) return ReadManifest(file);
    if (!root.ok()) return root.status();
    return ReadAskedConfig(app, file, *root);
  }
  if (IsManifest(file)) return ReadManifest(file);
  const absl::StatusOr<std::string> text = ReadSmallFile(file);
  if (!text.ok()) return text.status();
  std::vector<csp::ParseWarning> warnings;
  absl::StatusOr<csp::PolicyText> out = csp::ParsePolicyText(
      file, *text, csp::LeftOut::kObsoleteDirectives, &warnings);
  Warn(file, warnings);
  return out;
}

absl::StatusOr<csp::PolicyText> CspFiles::ReadAskedConfig(
    const std::string& app, const std::string& file, const ConfigValue& root) {
  if (!IsDirectives(root)) return CspOfApp(file, root, app, &variables_);
  std::vector<csp::ParseWarning> warnings;
  absl::StatusOr<csp::PolicyText> out = CspOfDirectives(
      file, root, csp::LeftOut::kObsoleteDirectives, &variables_, &warnings);
  Warn(file, warnings);
  return out;
}

void CspFiles::Warn(const std::string& file,
                    const std::vector<csp::ParseWarning>& warnings) {
  for (const csp::ParseWarning& warning : warnings) {
    warnings_.push_back(absl::StrCat(csp::PlaceInFile(file, warning.place),
                                     ": ", warning.message));
  }
}

std::vector<std::string> CspFiles::TakeWarnings() {
  for (const std::string& name : variables_.Unused()) {
    warnings_.push_back(
        absl::StrCat("no file asks for the variable ", QuoteForDisplay(name)));
  }
  return std::move(warnings_);
}

}  // namespace cli
}  // namespace postern
