#ifndef POSTERN_PERMISSION_ANALYSIS_ACCESS_QUESTION_H_
#define POSTERN_PERMISSION_ANALYSIS_ACCESS_QUESTION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "permission/access.h"

namespace postern {

// An access that somebody asks about on a command line. Owns its bytes.
class AccessQuestion {
 public:
  enum class Extent : uint8_t { kOne, kSubtree };
  // Whether "name=value" after a function is an argument by name, unless the
  // word is verbatim.
  enum class Naming : uint8_t { kNone, kTaken };

  // `words` are the resource: none for every resource; of a call the function
  // and its arguments, of a command the program and its; of a secret
  // "db/password", with "\/" for a slash in a part; else one path or name.
  // `verbatim` is by word, false for those that it does not reach.
  // InvalidArgument if they do not fit.
  static absl::StatusOr<std::unique_ptr<AccessQuestion>> Read(
      const std::string& permission, std::vector<std::string> words,
      Extent extent, Naming naming = Naming::kNone,
      const std::vector<bool>& verbatim = {});
  AccessQuestion(const AccessQuestion&) = delete;
  AccessQuestion& operator=(const AccessQuestion&) = delete;

  Access access() const;
  // access() with another name; only if is_path(). `path` is viewed.
  Access AccessFor(absl::string_view path) const;
  bool is_path() const { return is_path_; }
  // Whether it is about connecting to a host by its name. Guarded operations
  // decide each address of it, too.
  bool connects_by_name() const;
  const std::string& path() const { return words_[0]; }
  Permission permission() const { return permission_; }
  const std::vector<std::string>& words() const { return words_; }
  Extent extent() const { return extent_; }
  // Whether a word is an argument by name.
  bool is_named(size_t word) const { return named_words_[word]; }

 private:
  AccessQuestion(Permission permission, std::vector<std::string> words,
                 Extent extent, Naming naming,
                 const std::vector<bool>& verbatim);
  void AddArgument(size_t number, bool may_be_named);
  absl::Status Fit();

  const Permission permission_;
  const std::vector<std::string> words_;
  const Extent extent_;
  bool is_path_ = false;
  std::vector<std::string> key_;          // of a secret
  std::vector<absl::string_view> parts_;  // views of key_
  std::vector<CallArg> args_;             // views of words_
  std::vector<NamedArg> named_;           // the same
  std::vector<bool> named_words_;         // by word
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_ANALYSIS_ACCESS_QUESTION_H_
