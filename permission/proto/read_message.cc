#include "permission/proto/read_message.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/base/utf8.h"
#include "permission/proto/readers.h"
#include "permission/text/display.h"

namespace postern {
namespace {

// protobuf's streams count in int.
constexpr size_t kMaxBytes = 0x7fffffff;

std::string TooLarge(const FileInput& input, size_t max_bytes) {
  return absl::StrCat(input.bytes.size(), " bytes, expected at most ",
                      max_bytes);
}

// What no text form may hold anywhere, comments included.
bool CheckBytes(absl::string_view bytes, MessageFiller* filler) {
  if (absl::StartsWith(bytes, "\xef\xbb\xbf")) {
    return filler->Fail(0, "byte order mark, expected plain UTF-8");
  }
  const size_t nul = bytes.find('\0');
  if (nul != absl::string_view::npos) {
    return filler->Fail(nul, "NUL, expected text without it");
  }
  const size_t broken = fs::FindInvalidUtf8(bytes);
  if (broken != absl::string_view::npos) {
    return filler->Fail(broken, "broken UTF-8, expected UTF-8");
  }
  return true;
}

bool Read(const FileInput& input, MessageFiller* filler) {
  switch (input.form) {
    case FileForm::kText:
      return CheckBytes(input.bytes, filler) && ReadText(input.bytes, filler);
    case FileForm::kJson:
      return CheckBytes(input.bytes, filler) && ReadJson(input.bytes, filler);
    case FileForm::kBinary:
      return ReadBinary(input.bytes, filler);
  }
  return filler->Fail(0, "unknown form");
}

}  // namespace

RuleSource SourceFinder::Find(size_t offset) {
  RuleSource source;
  source.kind = RuleSource::Kind::kFile;
  source.name = std::string(input_.name);
  if (input_.form == FileForm::kBinary) return source;
  offset = std::min(offset, input_.bytes.size());
  if (offset < offset_) {
    offset_ = line_begin_ = 0;
    line_ = 1;
  }
  const absl::string_view passed =
      input_.bytes.substr(offset_, offset - offset_);
  for (size_t at = 0; (at = passed.find('\n', at)) != passed.npos;) {
    ++line_;
    line_begin_ = offset_ + ++at;
  }
  offset_ = offset;
  source.line = line_;
  source.column = static_cast<int>(offset - line_begin_) + 1;
  return source;
}

bool ReadMessageWithProblems(const FileInput& input, size_t max_bytes,
                             size_t max_problems,
                             google::protobuf::Message* root,
                             MessageVisitor* visitor,
                             std::vector<FileProblem>* problems) {
  SourceFinder finder(input);
  max_bytes = std::min(max_bytes, kMaxBytes);
  if (input.bytes.size() > max_bytes) {
    FileProblem problem{finder.Find(0), TooLarge(input, max_bytes)};
    problem.source.line = 0;  // the whole file
    problems->push_back(std::move(problem));
    return false;
  }
  MessageFiller filler(input.form, root, visitor);
  // The reader of the binary form does not know how to go on.
  filler.CollectUpTo(input.form == FileForm::kBinary ? 1 : max_problems);
  const bool complete = Read(input, &filler);
  for (const MessageFiller::Problem& problem : filler.problems()) {
    problems->push_back(
        {finder.Find(problem.offset),
         input.form == FileForm::kBinary
             ? absl::StrCat("byte ", problem.offset, ": ", problem.message)
             : problem.message});
  }
  return complete;
}

absl::Status ReadMessage(const FileInput& input, size_t max_bytes,
                         google::protobuf::Message* root,
                         MessageVisitor* visitor) {
  std::vector<FileProblem> problems;
  ReadMessageWithProblems(input, max_bytes, 1, root, visitor, &problems);
  if (problems.empty()) return absl::OkStatus();
  const bool too_large = input.bytes.size() > std::min(max_bytes, kMaxBytes);
  return absl::Status(too_large ? absl::StatusCode::kResourceExhausted
                                : absl::StatusCode::kInvalidArgument,
                      problems[0].ToString());
}

}  // namespace postern
