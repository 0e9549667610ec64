#ifndef POSTERN_PERMISSION_APPROVAL_REVIEW_TEXT_H_
#define POSTERN_PERMISSION_APPROVAL_REVIEW_TEXT_H_

#include <string>

#include "permission/approval/review.h"

namespace postern {

// The review for a terminal: a head, then each item with its number (from 1),
// change, permissions, pattern, reason, source and risks. Whatever came from
// the app or from the store is escaped (permission/text/display.h): no text
// starts a line, hides, or reorders what stands beside it.
std::string ReviewToText(const Review& review);

// A pattern in words, escaped: `"/srv/app" and all beneath it`,
// `exec.in.run ["du"] and further arguments`, `"a.test", on every port`.
std::string DescribePattern(PermissionSet permissions,
                            const RulePattern& pattern);
// A word for pages in words, escaped: `img-src https: (images from every https:
// URL)`.
std::string DescribeCsp(const CspRequest& request);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_REVIEW_TEXT_H_
