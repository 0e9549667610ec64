// How much stack a call needs, for hosts with small ones: measured with the
// worst inputs that are known, and held against what the reference says.

#include <pthread.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "bindings/c/postern.h"
#include "gtest/gtest.h"
#include "tests/amount.h"

namespace {

constexpr size_t kStack = 2 << 20;
constexpr char kPaint = '\x5a';

postern_bytes Bytes(const std::string& text) {
  return {text.data(), text.size()};
}

// Runs `body` on a fresh stack and tells how deep it went.
size_t StackOf(const std::function<void()>& body) {
  void* const memory = mmap(nullptr, kStack, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(memory, MAP_FAILED);
  std::memset(memory, kPaint, kStack);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  EXPECT_EQ(pthread_attr_setstack(&attributes, memory, kStack), 0);
  pthread_t thread;
  const auto run = [](void* data) -> void* {
    (*static_cast<const std::function<void()>*>(data))();
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, &attributes, run,
                           const_cast<std::function<void()>*>(&body)),
            0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  const char* const bytes = static_cast<const char*>(memory);
  size_t untouched = 0;
  while (untouched < kStack && bytes[untouched] == kPaint) ++untouched;
  munmap(memory, kStack);
  return kStack - untouched;
}

std::string Repeat(const std::string& text, int times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

// The deepest context there is, over rules of every kind.
class StackTest : public ::testing::Test {
 protected:
  StackTest() {
    const std::string text = R"(version: 1
layers {
  name: "l"
  rules { allow: "fs" pattern: "/a/**/b/**/c*" }
  rules { deny: "fs" pattern: "/**/{.ssh,x?y}/**" }
  rules { allow: "net" pattern: "*.example.org:443" }
  rules {
    allow: "plugin.call"
    call { function: "f.g" args: ["re:(a|b)*c.{0,50}", "path:/srv", "**"] }
  }
}
)";
    postern_error* const error = postern_error_new();
    EXPECT_EQ(postern_policy_from_text(text.data(), text.size(), nullptr,
                                       &policy_, error),
              POSTERN_OK)
        << postern_error_message(error, nullptr);
    postern_error_free(error);
    postern_context* context = nullptr;
    postern_context_new(policy_, nullptr, &context, nullptr, nullptr);
    contexts_.push_back(context);
    for (int depth = 0; depth < 15; ++depth) {
      postern_context* child = nullptr;
      EXPECT_EQ(
          postern_derive(contexts_.back(), policy_, nullptr, &child, nullptr),
          POSTERN_OK);
      contexts_.push_back(child);
    }
    strings_ = {"/" + Repeat("a/", 2046),
                "/" + Repeat("ab/", 1364),
                Repeat("x.", 120) + "example.org:443",
                "f.g",
                "h.i",
                Repeat("ab", 3000)};
    for (int i = 0; i < 100; ++i) args_.push_back({Bytes(strings_[5]), 1});
  }
  ~StackTest() override {
    while (!contexts_.empty()) {
      postern_context_free(contexts_.back());
      contexts_.pop_back();
    }
    postern_policy_free(policy_);
  }

  // Calls `use` with an access of every form that has a worst case.
  void ForEach(const std::function<void(const postern_access&)>& use) const {
    const struct {
      postern_permission permission;
      postern_form form;
      const std::string& text;
    } kAccesses[] = {
        {POSTERN_FS_READ, POSTERN_FORM_PATH, strings_[0]},
        {POSTERN_FS_READ, POSTERN_FORM_SUBTREE, strings_[0]},
        {POSTERN_FS_WRITE, POSTERN_FORM_PATH, strings_[1]},
        {POSTERN_FS_WRITE, POSTERN_FORM_WHOLE, strings_[1]},
        {POSTERN_NET_CONNECT, POSTERN_FORM_ENDPOINT, strings_[2]},
        {POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, strings_[3]},
        {POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, strings_[4]},
        {POSTERN_ENV_READ, POSTERN_FORM_NAME, strings_[5]},
    };
    for (const auto& a : kAccesses) {
      postern_access access = {};
      access.struct_size = sizeof(access);
      access.permission = a.permission;
      access.form = a.form;
      access.text = Bytes(a.text);
      if (a.form == POSTERN_FORM_CALL) {
        access.args = args_.data();
        access.arg_count = args_.size();
      }
      use(access);
    }
  }

  postern_context* deepest() const { return contexts_.back(); }

  postern_policy* policy_ = nullptr;
  std::vector<postern_context*> contexts_;
  std::vector<std::string> strings_;
  std::vector<postern_arg> args_;
};

// Postern's own frames; what the host's callbacks take comes on top.
// docs/policy_reference.md, the table of bounds.
constexpr size_t kPromised = 128 << 10;

void ExpectWithin(const char* what, size_t most,
                  const std::function<void()>& body) {
  const size_t used = StackOf(body);
  ::testing::Test::RecordProperty(what, static_cast<int>(used));
  std::printf("%s: %zu bytes\n", what, used);
  EXPECT_LE(used, most) << what;
}

TEST_F(StackTest, AccessesNeedNoMoreThanPromised) {
  if (postern::testing::IsSanitized()) GTEST_SKIP() << "frames are larger";
  ExpectWithin("check", kPromised, [this] {
    ForEach([this](const postern_access& access) {
      postern_decision decision;
      postern_check(deepest(), &access, &decision, nullptr);
    });
  });
  ExpectWithin("enforce", kPromised, [this] {
    ForEach([this](const postern_access& access) {
      postern_decision decision;
      postern_enforce(deepest(), &access, INT64_MAX, &decision, nullptr);
    });
  });
  ExpectWithin("explain", kPromised, [this] {
    ForEach([this](const postern_access& access) {
      postern_decision decision;
      postern_explanation* why = nullptr;
      postern_check(deepest(), &access, &decision, nullptr);
      postern_explain(deepest(), decision, &access, &why, nullptr);
      postern_explanation_free(why);
    });
  });
  ExpectWithin("drop", kPromised, [this] {
    const std::string path = Repeat("/a", 2047);
    EXPECT_EQ(
        postern_drop(deepest(), "fs", 2, path.data(), path.size(), nullptr),
        POSTERN_OK);
  });
}

TEST_F(StackTest, PoliciesNeedNoMoreThanPromised) {
  if (postern::testing::IsSanitized()) GTEST_SKIP() << "frames are larger";
  const auto Regex = [](const std::string& regex) {
    return "version: 1 layers { name: \"l\" rules { allow: \"plugin.call\" "
           "call { function: \"f.g\" args: \"re:" +
           regex + "\" } } }";
  };
  const std::string kTexts[] = {
      Regex(Repeat("(", 900) + "a" + Repeat(")", 900)),
      Regex(Repeat("(a|", 900) + "b" + Repeat(")", 900)),
      Regex(Repeat("(?:a?b|", 250) + "c" + Repeat(")*", 250)),
      Repeat("layers {", 100000),
      Repeat("[", 100000),
  };
  ExpectWithin("policy", kPromised, [&] {
    for (const std::string& text : kTexts) {
      postern_policy* policy = nullptr;
      postern_policy_from_text(text.data(), text.size(), nullptr, &policy,
                               nullptr);
      postern_policy_free(policy);
      postern_policy_from_json(text.data(), text.size(), nullptr, &policy,
                               nullptr);
      postern_policy_free(policy);
    }
  });
  ExpectWithin("derive", kPromised, [this] {
    postern_context* child = nullptr;
    postern_derive(contexts_[0], policy_, nullptr, &child, nullptr);
    postern_context_free(child);
  });
}

}  // namespace
