#include "net/csp/merge.h"

#include <iterator>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/amount.h"
#include "tests/net/csp/merge_fixture.h"

namespace postern {
namespace csp {
namespace {

struct Case {
  const char* base;
  const char* grant;
  const char* want;
  const char* why;
};

TEST(MergeTest, MergesByMeaningNotByText) {
  constexpr Case kCases[] = {
      {"default-src 'self'", "img-src https://a",
       "default-src 'self'; img-src 'self' https://a", "from the fallback"},
      {"default-src 'self'; child-src https://b", "frame-src https://a",
       "default-src 'self'; child-src https://b; frame-src https://b https://a",
       "frames fall back to child-src"},
      {"script-src 'self'", "script-src-elem https://a",
       "script-src 'self'; script-src-elem 'self' https://a", ""},
      {"default-src 'none'", "img-src https://a",
       "default-src 'none'; img-src https://a", "'none' goes"},
      {"img-src 'self'", "img-src 'none'", "img-src 'self'",
       "'none' is dropped"},
      {"script-src 'self'", "img-src https://a", "script-src 'self'",
       "a list would block other images"},
      {"default-src 'self'", "default-src https://a",
       "default-src 'self' https://a", ""},
      {"default-src 'self'; img-src https://b", "default-src https://a",
       "default-src 'self' https://a; img-src https://b",
       "default-src is not for images here"},
      {"default-src 'none'; script-src 'self'", "child-src https://a",
       "default-src 'none'; script-src 'self'; frame-src https://a; "
       "worker-src 'self' https://a",
       "workers keep what script-src gave them"},
      {"default-src 'self'", "script-src https://a",
       "default-src 'self'; script-src 'self' https://a", ""},
      {"default-src 'self'; script-src-elem 'self'", "script-src https://a",
       "default-src 'self'; script-src-elem 'self'; script-src 'self' "
       "https://a",
       "elements are governed more specifically"},
      {"img-src HTTPS://A:443/ 'SELF' https://a",
       "img-src https://a/ https://b", "img-src https://a 'self' https://b",
       "duplicates"},
      {"script-src 'self' 'unsafe-inline'", "script-src 'nonce-x'",
       "script-src 'self' 'unsafe-inline'", "a conflict"},
      {"default-src 'self'", "sandbox allow-scripts", "default-src 'self'",
       "a conflict"},
      {"default-src 'self'", "form-action https://a", "default-src 'self'",
       "a conflict"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.base, " + ", c.grant, ": ", c.why));
    MergeInput input;
    input.base = Read("base", c.base);
    input.grants = {Grant("app", c.grant)};
    const MergeResult result = MergeOrDie(input);
    EXPECT_EQ(result.all.policy.ToString(), c.want);
    ASSERT_EQ(result.apps.size(), 1u);
    EXPECT_EQ(result.apps[0].merged.policy.ToString(), c.want);
  }
}

TEST(MergeTest, ConflictsAreToldByName) {
  constexpr Case kCases[] = {
      {"script-src 'self' 'unsafe-inline'", "script-src 'nonce-x'",
       "script-src 'self' 'unsafe-inline' 'nonce-x'", ""},
      {"default-src 'self'", "form-action https://a",
       "default-src 'self'; form-action https://a", ""},
      {"frame-ancestors 'none'", "frame-ancestors https://a",
       "frame-ancestors https://a", ""},
      {"sandbox allow-forms", "sandbox allow-scripts",
       "sandbox allow-forms allow-scripts", ""},
      {"img-src 'self'", "upgrade-insecure-requests; trusted-types a",
       "img-src 'self'; upgrade-insecure-requests; trusted-types a", ""},
      {"report-to a", "report-to b", "report-to a", "one place"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.base, " + ", c.grant));
    MergeInput input;
    input.base = Read("base", c.base);
    input.grants = {Grant("app", c.grant, AllConflicts())};
    EXPECT_EQ(MergeOrDie(input).all.policy.ToString(), c.want);
  }
}

// What `accepted` lets into a merge of all that conflicts.
std::string MergedWith(const std::vector<Conflict>& accepted) {
  MergeInput input;
  input.base = Read("base", "script-src 'self'");
  input.grants = {
      Grant("app",
            "script-src 'nonce-x' 'sha256-AAAA' 'strict-dynamic'; sandbox; "
            "trusted-types a; base-uri 'self'; form-action 'self'; "
            "frame-ancestors 'self'; upgrade-insecure-requests; report-to r",
            accepted)};
  return MergeOrDie(input).all.policy.ToString();
}

TEST(MergeTest, OneAcceptedConflictAcceptsNoOther) {
  struct Row {
    Conflict conflict;
    const char* want;  // behind script-src 'self'
  };
  constexpr Row kRows[] = {
      {Conflict::kNonce, " 'nonce-x'"},
      {Conflict::kHash, " 'sha256-AAAA'"},
      {Conflict::kStrictDynamic, " 'strict-dynamic'"},
      {Conflict::kSandbox, "; sandbox"},
      {Conflict::kTrustedTypes, "; trusted-types a"},
      {Conflict::kBaseUri, "; base-uri 'self'"},
      {Conflict::kFormAction, "; form-action 'self'"},
      {Conflict::kFrameAncestors, "; frame-ancestors 'self'"},
      {Conflict::kUpgradeInsecureRequests, "; upgrade-insecure-requests"},
      {Conflict::kReporting, "; report-to r"},
  };
  EXPECT_EQ(MergedWith({}), "script-src 'self'");
  EXPECT_EQ(std::size(kRows), AllConflicts().size());
  for (const Row& row : kRows) {
    SCOPED_TRACE(ConflictName(row.conflict));
    EXPECT_EQ(MergedWith({row.conflict}),
              absl::StrCat("script-src 'self'", row.want));
  }
}

TEST(MergeTest, EverySourceSaysWhereItComesFrom) {
  MergeInput input;
  input.base = Read("base", "default-src 'self'");
  input.requests = {{"notes", Read("notes.csp", "img-src https://a")}};
  input.grants = {Grant("notes", "img-src https://a"),
                  Grant("maps", "connect-src 'self'; img-src https://a")};
  const MergeResult result = MergeOrDie(input);
  std::vector<std::string> got;
  for (const MergedValue& value : result.all.values) {
    for (const MergedWord& word : value.words) {
      for (const Provenance& from : word.from) {
        got.push_back(absl::StrCat(DirectiveName(value.directive), " ",
                                   word.text, " ", from.ToString()));
      }
    }
  }
  EXPECT_EQ(absl::StrJoin(got, "\n"),
            "default-src 'self' base, base:1:13\n"
            "img-src 'self' base, base:1:13\n"
            "img-src https://a granted to notes, notes.admin:1:9\n"
            "img-src https://a asked for by notes, notes.csp:1:9\n"
            "img-src https://a granted to maps, maps.admin:2:9");
}

TEST(MergeTest, AManifestAloneChangesNothing) {
  MergeInput input;
  input.base = Read("base", "default-src 'self'");
  input.requests = {{"notes", Read("notes.csp", "img-src *; sandbox")}};
  const MergeResult result = MergeOrDie(input);
  EXPECT_EQ(result.all.policy.ToString(), "default-src 'self'");
  ASSERT_EQ(result.apps.size(), 1u);
  EXPECT_EQ(result.apps[0].merged.policy.ToString(), "default-src 'self'");
  ASSERT_EQ(result.apps[0].notes.size(), 2u);
  for (const Note& note : result.apps[0].notes) {
    EXPECT_EQ(note.kind, NoteKind::kNotGranted);
  }
}

TEST(MergeTest, TheCeilingNarrowsAndTells) {
  MergeInput input;
  input.base = Read("base", "default-src 'self'");
  input.grants = {Grant("a",
                        "img-src https: http://b.test; script-src "
                        "'unsafe-eval'")};
  input.ceiling =
      Read("top", "default-src 'self'; img-src 'self' https://*.a.test");
  const MergeResult result = MergeOrDie(input);
  EXPECT_EQ(result.all.policy.ToString(),
            "default-src 'self'; script-src 'self'; img-src 'self' "
            "https://*.a.test");
  std::vector<std::string> got;
  for (const Note& note : result.notes) {
    got.push_back(absl::StrCat(note.word, " ", note.message));
  }
  EXPECT_EQ(absl::StrJoin(got, "\n"),
            "'unsafe-eval' left out: outside the ceiling\n"
            "https: narrowed by the ceiling to https://*.a.test\n"
            "http://b.test left out: outside the ceiling");
}

std::string NotesOf(const std::vector<Note>& notes) {
  std::vector<std::string> out;
  for (const Note& note : notes) {
    out.push_back(absl::StrCat(note.app, ": ", DirectiveName(note.directive),
                               " ", note.word, " ", note.message));
  }
  return absl::StrJoin(out, "\n");
}

TEST(MergeTest, ADroppedNoneIsTold) {
  constexpr Case kCases[] = {
      {"default-src 'none'", "img-src https://a",
       ": img-src 'none' dropped: other sources join it", "of the base"},
      {"img-src 'self'", "img-src 'none'",
       "app: img-src 'none' dropped: nothing can be added by 'none'", ""},
      {"frame-ancestors 'self'", "frame-ancestors 'none'",
       "app: frame-ancestors frame-ancestors merged, as the conflict "
       "frame-ancestors is accepted\n"
       "app: frame-ancestors 'none' dropped: other sources join it",
       "an accepted conflict takes nothing away"},
      {"default-src 'none'", "frame-ancestors 'none'",
       "app: frame-ancestors frame-ancestors merged, as the conflict "
       "frame-ancestors is accepted",
       "it stays where it is alone"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.base, " + ", c.grant, ": ", c.why));
    MergeInput input;
    input.base = Read("base", c.base);
    input.grants = {Grant("app", c.grant, AllConflicts())};
    EXPECT_EQ(NotesOf(MergeOrDie(input).notes), c.want);
  }
}

TEST(MergeTest, WhatAGrantIsNotForIsTold) {
  constexpr Case kCases[] = {
      {"default-src 'none'; script-src 'self'; frame-src https://f",
       "child-src https://c",
       "app: child-src child-src adds nothing for frames: governed by "
       "frame-src",
       "workers only"},
      {"default-src 'self'; img-src 'self'; font-src 'self'",
       "default-src https://c",
       "app: default-src default-src adds nothing for fonts, images: governed "
       "by font-src, img-src",
       ""},
      {"script-src 'self'; script-src-elem 'self'", "script-src https://c",
       "app: script-src script-src adds nothing for script elements: governed "
       "by script-src-elem",
       ""},
      {"default-src 'self'; worker-src 'self'", "script-src https://c", "",
       "nobody means workers"},
      {"default-src 'self'; frame-src https://f",
       "child-src https://c; frame-src https://c", "",
       "frames have their own grant"},
      {"frame-src 'self'", "child-src https://c",
       "app: child-src https://c allowed already by what the base says: "
       "nothing is added\n"
       "app: child-src child-src adds nothing for frames: governed by "
       "frame-src",
       "nothing restricts workers"},
      {"script-src 'self'; script-src-elem 'self'; script-src-attr 'self'; "
       "worker-src 'self'",
       "script-src 'unsafe-eval' https://c",
       "app: script-src https://c never effective: more specific directives "
       "govern all that it is for",
       "script-src governs code from strings all the same"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.base, " + ", c.grant, ": ", c.why));
    MergeInput input;
    input.base = Read("base", c.base);
    input.grants = {Grant("app", c.grant)};
    std::vector<Note> notes = MergeOrDie(input).notes;
    notes.erase(std::remove_if(notes.begin(), notes.end(),
                               [](const Note& note) {
                                 return note.kind == NoteKind::kNoneDropped;
                               }),
                notes.end());
    EXPECT_EQ(NotesOf(notes), c.want);
  }
}

// A list for what nothing restricts would take away more than it adds.
TEST(MergeTest, WhatNothingRestrictsIsAllowedAlready) {
  const char* const kBases[] = {"script-src 'self'", "form-action 'self'"};
  for (const char* base : kBases) {
    for (const char* directive : {"img-src", "connect-src", "frame-src",
                                  "child-src", "style-src", "style-src-attr"}) {
      // Workers fall back to script-src.
      if (absl::StrCat(base, directive) == "script-src 'self'child-src") {
        continue;
      }
      SCOPED_TRACE(absl::StrCat(base, " + ", directive));
      MergeInput input;
      input.base = Read("base", base);
      input.grants = {Grant("app", absl::StrCat(directive, " https://a"))};
      const MergeResult result = MergeOrDie(input);
      EXPECT_EQ(result.all.policy.ToString(), base);
      EXPECT_EQ(NotesOf(result.notes),
                absl::StrCat("app: ", directive,
                             " https://a already allowed: no directive "
                             "restricts it, and a list would block all else"));
    }
  }
}

TEST(MergeTest, ACeilingThatSaysASourceTwiceIsNoWider) {
  MergeInput input;
  input.base = Read("base", "img-src 'self' data:");
  input.ceiling = Read("top", "img-src 'self' 'self'");
  EXPECT_EQ(MergeOrDie(input).all.policy.ToString(), "img-src 'self'");
}

TEST(MergeTest, WhatIsAskedForIsMissingOnlyIfItIsNotAllowed) {
  struct AskCase {
    const char* base;
    const char* grant;
    const char* request;
    const char* want;
    const char* why;
  };
  constexpr AskCase kCases[] = {
      {"img-src https://a", "", "img-src https://a",
       "app: img-src https://a asked for, allowed already", "by the base"},
      {"default-src 'self' https:", "", "img-src https://a 'self'",
       "app: img-src https://a asked for, allowed already\n"
       "app: img-src 'self' asked for, allowed already",
       "by the fallback"},
      {"script-src 'self'", "", "img-src https://a",
       "app: img-src https://a asked for, allowed already",
       "nothing restricts it"},
      {"img-src 'self'", "img-src https://*.a", "img-src https://b.a",
       "app: img-src https://b.a asked for, allowed already\n"
       "app: img-src https://*.a granted, though the app does not ask for it",
       "by another source that is granted"},
      {"default-src 'self'; img-src https://a", "", "default-src https://a",
       "app: default-src https://a asked for, not granted", "images only"},
      {"default-src 'self'; script-src 'strict-dynamic' 'nonce-n' https:", "",
       "script-src https://a 'nonce-n'",
       "app: script-src https://a asked for, not granted\n"
       "app: script-src 'nonce-n' asked for, allowed already",
       "void beside 'strict-dynamic'"},
      {"img-src 'self'", "", "sandbox",
       "app: sandbox sandbox asked for, not granted", "without any flag"},
      {"img-src 'self'", "", "img-src 'none'",
       "app: img-src 'none' dropped: nothing can be added by 'none'", ""},
      {"img-src 'self'", "", "frame-ancestors 'none'",
       "app: frame-ancestors 'none' asked for, not granted", ""},
  };
  for (const AskCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.base, " asked for ", c.request, ": ", c.why));
    MergeInput input;
    input.base = Read("base", c.base);
    if (*c.grant != '\0') input.grants = {Grant("app", c.grant)};
    input.requests = {{"app", Read("app.csp", c.request)}};
    EXPECT_EQ(NotesOf(MergeOrDie(input).apps[0].notes), c.want);
  }
}

TEST(MergeTest, WhatTheCeilingTakesFromAFallbackIsTold) {
  MergeInput input;
  input.base = Read("base", "script-src 'self'");
  input.grants = {Grant("app", "script-src https://a")};
  input.ceiling = Read("top", "script-src 'self' https://a; worker-src 'self'");
  const MergeResult result = MergeOrDie(input);
  EXPECT_EQ(result.all.policy.ToString(),
            "script-src 'self' https://a; worker-src 'self'");
  EXPECT_EQ(NotesOf(result.notes),
            "app: worker-src https://a left out: outside the ceiling");
}

TEST(MergeTest, WhatTheCeilingDemandsIsTold) {
  MergeInput input;
  input.base = Read("base", "default-src 'self'");
  input.ceiling = Read("top", "sandbox; img-src 'self'; form-action 'self'");
  const MergeResult result = MergeOrDie(input);
  EXPECT_EQ(NotesOf(result.notes),
            ": sandbox sandbox added: the ceiling demands it\n"
            ": form-action form-action added: the ceiling demands it");
  for (const MergedValue& value : result.all.values) {
    if (value.directive != Directive::kSandbox) continue;
    ASSERT_EQ(value.from.size(), 1u);
    EXPECT_EQ(value.from[0].ToString(), "ceiling, top:1:1");
  }
}

// Names of apps stand in messages and in lines to paste.
TEST(MergeTest, NamesOfAppsAreChecked) {
  for (const char* name :
       {"", "a b", "a]\nimg-src *\n[grant b", "a\xE2\x80\xAE", "a\x1B[2J"}) {
    MergeInput input;
    input.requests = {{name, Read("app.csp", "img-src *")}};
    EXPECT_EQ(Merge(input).status().code(), absl::StatusCode::kInvalidArgument);
    input.requests.clear();
    input.grants = {Grant("b", "img-src *")};
    input.grants[0].app = name;
    EXPECT_EQ(Merge(input).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

// Every app's policy is narrowed, and together that has an end.
TEST(MergeTest, NarrowingForManyAppsIsBounded) {
  if (testing::IsSanitized()) GTEST_SKIP() << "20,000 pairs take too long";
  std::string base = "img-src", top = "img-src";
  for (int i = 0; i < 30; ++i) {
    absl::StrAppend(&base, " *.h", i, ".test");
    absl::StrAppend(&top, " */p", i, "/");
  }
  MergeInput input;
  input.base = Read("base", base);
  input.ceiling = Read("top", top);
  for (int i = 0; i < 1000; ++i) {
    input.grants.push_back(Grant(absl::StrCat("app", i), ""));
  }
  EXPECT_EQ(Merge(input).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(MergeTest, WhatOneAppIsGrantedIsNotSaidOfAnother) {
  MergeInput input;
  input.base = Read("base", "img-src 'self'; sandbox allow-forms");
  input.grants = {
      Grant("a", "img-src 'self'; sandbox allow-forms", AllConflicts()),
      Grant("b", "img-src https://b", AllConflicts())};
  const MergeResult result = MergeOrDie(input);
  for (const MergedValue& value : result.apps[1].merged.values) {
    for (const MergedWord& word : value.words) {
      for (const Provenance& from : word.from) EXPECT_NE(from.app, "a");
    }
  }
}

TEST(MergeTest, ManyAppsAndSourcesTakeNoLong) {
  MergeInput input;
  std::string base = "default-src 'self'; img-src";
  for (int i = 0; i < 200; ++i) absl::StrAppend(&base, " https://h", i);
  input.base = Read("base", base);
  for (int i = 0; i < 80; ++i) {
    input.grants.push_back(
        Grant(absl::StrCat("app", i), absl::StrCat("img-src https://x", i,
                                                   " https://all; font-src "
                                                   "https://all")));
  }
  const MergeResult result = MergeOrDie(input);
  EXPECT_EQ(result.apps.size(), 80u);
  EXPECT_EQ(result.all.policy.Find(Directive::kImgSrc)->sources.size(), 281u);
}

TEST(MergeTest, TwoGrantsForOneAppAreRefused) {
  MergeInput input;
  input.grants = {Grant("a", "img-src x"), Grant("a", "img-src y")};
  EXPECT_FALSE(Merge(input).ok());
}

}  // namespace
}  // namespace csp
}  // namespace postern
