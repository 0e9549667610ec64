#ifndef POSTERN_TESTS_BINDINGS_C_BOUND_CONTEXT_H_
#define POSTERN_TESTS_BINDINGS_C_BOUND_CONTEXT_H_

#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/context.h"

namespace postern {

// A context of these rules, bound, with "/" as the base of its names.
inline std::shared_ptr<PermissionContext> BoundContext(PolicyBuilder builder) {
  auto policy = builder.Bind().Build();
  EXPECT_TRUE(policy.ok()) << policy.status();
  ContextOptions options;
  options.base_directory = "/";
  auto root = PermissionContext::Create(*std::move(policy), options);
  EXPECT_TRUE(root.ok()) << root.status();
  return root->context;
}

}  // namespace postern

#endif  // POSTERN_TESTS_BINDINGS_C_BOUND_CONTEXT_H_
