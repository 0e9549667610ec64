#ifndef POSTERN_PERMISSION_APPROVAL_REVIEW_JSON_H_
#define POSTERN_PERMISSION_APPROVAL_REVIEW_JSON_H_

#include <string>

#include "permission/approval/review.h"

namespace postern {

// The review as one JSON object, for programs that show it: keys "format" (1),
// "app", "title", "digest", "needs_approval", "current" (revision, in_force,
// and of an approval approved_by, approved_at, expires) and "items" (number,
// change, permission, pattern, reason, source, risks). Strings are escaped as
// in ReviewToText(), so that they are UTF-8 and can be shown as they are;
// UnescapeDisplayed() gives the app's own bytes back.
std::string ReviewToJson(const Review& review);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_REVIEW_JSON_H_
