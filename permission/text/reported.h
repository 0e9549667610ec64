#ifndef POSTERN_PERMISSION_TEXT_REPORTED_H_
#define POSTERN_PERMISSION_TEXT_REPORTED_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace postern {

// The longest text of a guest that a report keeps: the longest path fits in.
constexpr size_t kMaxReportedBytes = 4608;

// Text that is put together for a report and kept up to kMaxReportedBytes,
// however long the pieces are. Not thread-safe.
class ReportedText {
 public:
  ReportedText& Append(absl::string_view piece);
  // In double quotes. Quotes and backslashes inside get a backslash, so that
  // one piece cannot look like two.
  ReportedText& AppendQuoted(absl::string_view piece);
  // Puts a backslash before each of `special` and before backslashes.
  ReportedText& AppendEscaped(absl::string_view piece,
                              absl::string_view special);

  // How long it is in full.
  uint64_t full_bytes() const { return full_bytes_; }
  bool is_cut() const { return full_bytes_ > text_.size(); }
  // If it was cut, " ... (N bytes in all)" follows, so that it is a little
  // longer than kMaxReportedBytes. Never cut within a character.
  std::string Finish() &&;

 private:
  std::string text_;
  uint64_t full_bytes_ = 0;
};

// `text` as it is reported.
std::string Reported(absl::string_view text);

}  // namespace postern

#endif  // POSTERN_PERMISSION_TEXT_REPORTED_H_
