#include "permission/text/reported.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fs/base/utf8.h"

namespace postern {
namespace {

// The length of `text` without a UTF-8 sequence that its end cuts short.
size_t WithoutHalfCharacter(absl::string_view text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const unsigned char byte =
        static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    uint32_t code_point;
    const bool whole =
        fs::DecodeUtf8(text.substr(text.size() - back), &code_point) != 0;
    return whole ? text.size() : text.size() - back;
  }
  return text.size();
}

}  // namespace

ReportedText& ReportedText::Append(absl::string_view piece) {
  const size_t room = kMaxReportedBytes - text_.size();
  if (!is_cut()) text_.append(piece.data(), std::min(room, piece.size()));
  full_bytes_ += piece.size();
  return *this;
}

// What is beyond the end is counted as if nothing in it had to be escaped.
ReportedText& ReportedText::AppendEscaped(absl::string_view piece,
                                          absl::string_view special) {
  size_t at = 0;
  for (; at < piece.size() && !is_cut(); ++at) {
    const char c = piece[at];
    if (c == '\\' || special.find(c) != special.npos) Append("\\");
    Append(piece.substr(at, 1));
  }
  full_bytes_ += piece.size() - at;
  return *this;
}

ReportedText& ReportedText::AppendQuoted(absl::string_view piece) {
  return Append("\"").AppendEscaped(piece, "\"").Append("\"");
}

std::string ReportedText::Finish() && {
  if (!is_cut()) return std::move(text_);
  text_.resize(WithoutHalfCharacter(text_));
  return absl::StrCat(text_, " ... (", full_bytes_, " bytes in all)");
}

std::string Reported(absl::string_view text) {
  return std::move(ReportedText().Append(text)).Finish();
}

}  // namespace postern
