#include <atomic>
#include <cstring>
#include <thread>  // NOLINT: checks while the policy changes
#include <vector>

#include "bindings/c/postern.h"
#include "gtest/gtest.h"

namespace {

postern_bytes Text(const char* text) { return {text, std::strlen(text)}; }

postern_policy* Policy(const char* flag) {
  const postern_bytes bytes = Text(flag);
  postern_policy* policy = nullptr;
  EXPECT_EQ(postern_policy_from_flags(&bytes, 1, nullptr, &policy, nullptr),
            POSTERN_OK);
  return policy;
}

void Count(void* data, const postern_audit_event*) {
  ++*static_cast<std::atomic<int>*>(data);
}

TEST(CThreadsTest, ChecksGoOnWhileEverythingChanges) {
  postern_policy* const wide = Policy("--allow-fs-read=/srv");
  postern_policy* const other = Policy("--allow-fs-read=/srv,/tmp");
  std::atomic<int> audits{0};
  postern_context_options options = {};
  options.struct_size = sizeof(options);
  options.audit = &Count;
  options.user_data = &audits;
  postern_context* context = nullptr;
  postern_authority* authority = nullptr;
  ASSERT_EQ(postern_context_new(wide, &options, &context, &authority, nullptr),
            POSTERN_OK);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      postern_access access = {};
      access.struct_size = sizeof(access);
      access.permission = POSTERN_FS_READ;
      access.form = POSTERN_FORM_PATH;
      do {  // at least once, however late the thread starts
        postern_decision decision;
        access.text = Text("/srv/a");
        postern_check(context, &access, &decision, nullptr);
        EXPECT_TRUE(postern_decision_allowed(decision));
        access.text = Text("/etc/passwd");
        postern_enforce(context, &access, INT64_MAX, &decision, nullptr);
        EXPECT_FALSE(postern_decision_allowed(decision));
        postern_explanation* why = nullptr;
        postern_explain(context, decision, &access, &why, nullptr);
        postern_explanation_free(why);
        postern_context* child = nullptr;
        postern_derive(context, wide, nullptr, &child, nullptr);
        postern_check(child, &access, &decision, nullptr);
        EXPECT_FALSE(postern_decision_allowed(decision));
        postern_context_free(child);
      } while (!stop);
    });
  }
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(
        postern_publish(context, authority, i % 2 == 0 ? other : wide, nullptr),
        POSTERN_OK);
    EXPECT_EQ(postern_drop(context, "fs.write", 8, "/x", 2, nullptr),
              POSTERN_OK);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(postern_quiesce(context, nullptr), POSTERN_OK);
  EXPECT_GT(audits, 0);
  postern_context_free(context);
  postern_authority_free(authority);
  postern_policy_free(wide);
  postern_policy_free(other);
}

}  // namespace
