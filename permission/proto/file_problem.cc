#include "permission/proto/file_problem.h"

#include "absl/strings/str_cat.h"
#include "permission/text/display.h"

namespace postern {

std::string FileProblem::ToString() const {
  const std::string place = internal::EscapeForDisplay(source.ToString());
  return absl::StrCat(place, ": ", message);
}

}  // namespace postern
