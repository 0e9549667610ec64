// The header-only C++ wrapper, as a program outside of this repository has it.

#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#define POSTERN_HPP_EXCEPTIONS
#include <postern/postern.hpp>

namespace {

using postern::stable::Access;
using postern::stable::Builder;
using postern::stable::CheckAbi;
using postern::stable::CheckCsp;
using postern::stable::Child;
using postern::stable::Consent;
using postern::stable::Context;
using postern::stable::CspFilterOptions;
using postern::stable::CspMerge;
using postern::stable::CspMerged;
using postern::stable::CspQuestion;
using postern::stable::Decision;
using postern::stable::Entry;
using postern::stable::Files;
using postern::stable::FilterHeaders;
using postern::stable::Header;
using postern::stable::Launcher;
using postern::stable::Manifest;
using postern::stable::Network;
using postern::stable::OpenFile;
using postern::stable::Policy;
using postern::stable::Result;
using postern::stable::Review;
using postern::stable::Socket;
using postern::stable::Store;

constexpr char kRules[] =
    "version: 1 layers { name: 'g'"
    " rules { allow: 'fs' pattern: '${BOX}' }"
    " rules { deny: 'fs' pattern: '${BOX}/keys' }"
    " rules { allow: 'net' pattern: '127.0.0.1' } }";

class WrapperTest : public ::testing::Test {
 protected:
  WrapperTest()
      : box_(::testing::TempDir() + "wrapper_" + std::to_string(getpid())) {
    std::filesystem::remove_all(box_);
    std::filesystem::create_directories(box_);
    box_ = std::filesystem::canonical(box_);
  }
  Context MakeContext() {
    Builder builder;
    EXPECT_TRUE(builder.AddText(kRules, "app.policy").ok());
    EXPECT_TRUE(builder.SetVariable("BOX", box_).ok());
    EXPECT_TRUE(builder.Bind().ok());
    return Context::Create(*builder.Build(), "app", box_).value();
  }
  std::string box_;
};

TEST_F(WrapperTest, ChecksAndExplains) {
  ASSERT_TRUE(CheckAbi().ok());
  Context context = MakeContext();
  const std::string file = box_ + "/a", key = box_ + "/keys/id";
  EXPECT_TRUE(context.Check(Access::Path(POSTERN_FS_READ, file)).allowed());
  const Access access = Access::Path(POSTERN_FS_READ, key);
  const Decision decision = context.Enforce(access);
  EXPECT_FALSE(decision.allowed());
  EXPECT_EQ(decision.reason(), "rule");
  Result<std::string> why = context.Explain(decision, access);
  ASSERT_TRUE(why.ok());
  EXPECT_NE(why->find("app.policy:1"), std::string::npos);
  size_t index = 9;
  EXPECT_FALSE(context
                   .EnforceAll({Access::Path(POSTERN_FS_READ, file), access},
                               INT64_MAX, &index)
                   .allowed());
  EXPECT_EQ(index, 1u);
  Result<Context> child = context.Derive();
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE(context.Drop("fs").ok());
  EXPECT_FALSE(child->Check(Access::Path(POSTERN_FS_READ, file)).allowed());
}

TEST_F(WrapperTest, ActsOnFiles) {
  Context context = MakeContext();
  Result<Files> made = Files::Create(context);
  ASSERT_TRUE(made.ok());
  const Files files = std::move(made).value();
  EXPECT_TRUE(files.Write("a", "hello").ok());
  EXPECT_EQ(files.Read("a", 10).value(), "hello");
  EXPECT_EQ(files.Info("a")->size, 5u);
  EXPECT_TRUE(files.MakeDirectory("dir").ok());
  EXPECT_TRUE(files.Move("a", "dir/b").ok());
  Result<std::vector<Entry>> list = files.List("dir");
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ((*list)[0].name, "b");
  EXPECT_EQ(files.In("dir")->Read("b", 10).value(), "hello");
  auto opened = files.Open("dir/b", POSTERN_OPEN_READ);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(close(opened->fd), 0);
  Result<OpenFile> kept = files.OpenKept("dir/b", POSTERN_OPEN_WRITE);
  ASSERT_TRUE(kept.ok());
  EXPECT_TRUE(kept->SetSize(2).ok());
  EXPECT_TRUE(kept->SetMode(0600).ok());
  EXPECT_TRUE(kept->SetTimes(POSTERN_TIME_NOW, 1).ok());
  EXPECT_TRUE(kept->Sync().ok());
  EXPECT_EQ(kept->name(), box_ + "/dir/b");
  EXPECT_FALSE(kept->Info().ok()) << "it is for writing";
  EXPECT_EQ(files.OpenKept("dir/b", POSTERN_OPEN_READ)->Info()->size, 2u);
  const int32_t fd = kept->Release();
  EXPECT_EQ(close(fd), 0);
  EXPECT_EQ(kept->fd(), -1);
  EXPECT_TRUE(files.Remove("dir/b").ok());
  EXPECT_TRUE(files.RemoveAll("dir").ok());
  Result<std::string> denied = files.Read("/etc/passwd", 10);
  ASSERT_FALSE(denied.ok());
  EXPECT_TRUE(denied.error().denied());
  EXPECT_EQ(denied.error().code, POSTERN_E_ACCES);
  EXPECT_EQ(denied.error().subject, "/etc/passwd");
  EXPECT_FALSE(files.List("..").ok());
}

TEST_F(WrapperTest, ActsOnTheNetwork) {
  Context context = MakeContext();
  Result<Network> made = Network::Create(context);
  ASSERT_TRUE(made.ok());
  Result<Socket> listener = made->Listen("127.0.0.1:0");
  ASSERT_TRUE(listener.ok());
  Result<Socket> one = made->Connect(listener->local());
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->peer(), listener->local());
  Result<Socket> other = made->Accept(*listener);
  ASSERT_TRUE(other.ok());
  EXPECT_GE(other->fd(), 0);
  EXPECT_TRUE(made->Connect("10.0.0.1:80").error().denied());
}

TEST_F(WrapperTest, RunsAProgram) {
  Builder builder;
  const auto added = builder.AddText(
      "version: 1 layers { name: 'g'"
      " rules { allow: 'process.spawn' pattern: '/bin/sh -c **' } }",
      "app.policy");
  ASSERT_TRUE(added.ok()) << added.error().message;
  ASSERT_TRUE(builder.AddPreset("runtime").ok());
  ASSERT_TRUE(builder.Bind().ok());
  const Context context = Context::Create(*builder.Build(), "app").value();
  auto options = postern::stable::internal::Struct<postern_launcher_options>();
  options.no_probe = 1;
  const Launcher launcher = Launcher::Create(context, options).value();
  Child child = launcher.Start({"/bin/sh", "-c", "exit 7"}).value();
  EXPECT_NE(child.Report(POSTERN_REPORT_JSON)->find("landlock"),
            std::string::npos);
  EXPECT_EQ(child.SeenLimit(POSTERN_LIMIT_OPEN_FILES).error().status,
            POSTERN_FAILED_PRECONDITION);
  EXPECT_EQ(child.Wait()->exit_status, 7);
  EXPECT_EQ(child.SeenLimit(POSTERN_LIMIT_OPEN_FILES)->held_to, 0u);
  EXPECT_EQ(child.Signal(15).error().status, POSTERN_NOT_FOUND);
  EXPECT_TRUE(launcher.Start({"/bin/sh", "-i"}).error().denied());
  auto preview = launcher.Preview({"/bin/sh", "-c", "exit 7"});
  EXPECT_NE(preview->plan.find("exit 7"), std::string::npos);
  EXPECT_NE(preview->report.find("fs.read"), std::string::npos);
  EXPECT_TRUE(launcher.Preview({"/bin/sh", "-i"}).error().denied());
  Child endless =
      launcher.Start({"/bin/sh", "-c", "while :; do :; done"}).value();
  EXPECT_TRUE(endless.Terminate(0).ok());
  EXPECT_EQ(endless.Next()->ended_by_order, 1);
  EXPECT_EQ(launcher.Start({"/bin/sh", "-c", "while :; do :; done"})
                ->Kill()
                ->end_signal,
            9);
}

TEST_F(WrapperTest, ThrowsOnlyIfItIsAskedTo) {
  Result<Policy> policy = Policy::FromText("nonsense", "app.policy");
  ASSERT_FALSE(policy.ok());
  EXPECT_EQ(policy.error().status, POSTERN_INVALID_ARGUMENT);
  EXPECT_THROW(policy.value(), std::runtime_error);
  EXPECT_EQ(Policy::FromFile("/nowhere.json").error().status,
            POSTERN_NOT_FOUND);
}

constexpr char kManifest[] =
    "version: 1 app: 'notes.acme' title: 'Notes'"
    " fs { path: '/srv/notes' access: READ reason: 'to read' }"
    " fs { path: '/srv/notes' access: WRITE reason: 'to save' }"
    " csp { directive: 'img-src' sources: 'https://maps.test' reason: 'maps' }";

bool Grants(const Store& store, const Manifest& manifest,
            postern_permission permission) {
  Builder builder;
  EXPECT_TRUE(store.AddTo(&builder, manifest, "/app").ok());
  Context context = Context::Create(builder.Build().value()).value();
  return context.Check(Access::Path(permission, "/srv/notes/a")).allowed();
}

TEST_F(WrapperTest, ReadsManifests) {
  const Manifest manifest = Manifest::FromText(kManifest).value();
  EXPECT_EQ(manifest.app(), "notes.acme");
  EXPECT_EQ(manifest.title(), "Notes");
  const std::string json = manifest.Write(POSTERN_FORMAT_JSON).value();
  EXPECT_EQ(Manifest::FromBytes(POSTERN_FORMAT_JSON, json)->title(), "Notes");
  EXPECT_EQ(Manifest::FromFile(box_ + "/none.json").error().status,
            POSTERN_NOT_FOUND);
  const auto bad = Manifest::FromText("version: 1\nnope: 2", "m.textproto");
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message.find("m.textproto:2:"), std::string::npos);
}

TEST_F(WrapperTest, ApprovesListsAndRevokes) {
  const Manifest manifest = Manifest::FromText(kManifest).value();
  Store store = Store::Open(box_ + "/approvals.db").value();
  EXPECT_FALSE(Grants(store, manifest, POSTERN_FS_READ));
  const Review review = Review::Create(manifest, &store).value();
  EXPECT_TRUE(review.needs_approval());
  EXPECT_NE(review.Text()->find("ADDED"), std::string::npos);
  EXPECT_NE(review.Json()->find("to save"), std::string::npos);
  Consent consent;
  consent.who = "ada";
  consent.place = "/app";
  EXPECT_EQ(store.Approve(review, consent).error().status,
            POSTERN_FAILED_PRECONDITION)
      << "nobody was shown anything";
  consent.digest = review.digest();
  consent.items = {1};
  consent.note = "reading only";
  consent.expires_unix_ns = ((int64_t{1} << 62) / 1000000000) * 1000000000;
  EXPECT_EQ(store.Approve(review, consent).value(), 1);
  EXPECT_TRUE(Grants(store, manifest, POSTERN_FS_READ));
  EXPECT_FALSE(Grants(store, manifest, POSTERN_FS_WRITE));
  Builder builder;
  EXPECT_EQ(store.AddTo(&builder, manifest, "/other").error().status,
            POSTERN_FAILED_PRECONDITION);
  EXPECT_EQ(store.Get("notes.acme")->in_force, 1);
  EXPECT_EQ(store.Get("notes.acme")->expires_unix_ns, consent.expires_unix_ns);
  EXPECT_NE(store.List()->find("\"approved_by\": \"ada\""), std::string::npos);
  EXPECT_EQ(store.Approve(review, consent).error().status, POSTERN_ABORTED);
  EXPECT_EQ(store.Revoke("notes.acme", "bob", "", 7).error().status,
            POSTERN_ABORTED);
  EXPECT_EQ(store.Revoke("notes.acme", "bob", "gone").value(), 2);
  EXPECT_FALSE(Grants(store, manifest, POSTERN_FS_READ));
  EXPECT_NE(store.History("notes.acme")->find("gone"), std::string::npos);
  EXPECT_NE(store.History("notes.acme")->find("reading only"),
            std::string::npos);
  EXPECT_NE(store.Changes(2)->find("bob"), std::string::npos);
  EXPECT_EQ(store.Changes(2)->find("ada"), std::string::npos);
  EXPECT_TRUE(store.Verify().ok());
  EXPECT_FALSE(Store::Open(box_ + "/none.db", POSTERN_STORE_READ).ok());
}

// An empty choice is not the lack of one.
TEST_F(WrapperTest, ApprovesNothingOrEverything) {
  const Manifest manifest = Manifest::FromText(kManifest).value();
  Store store = Store::Open(box_ + "/approvals.db").value();
  Consent consent;
  consent.who = "ada";
  consent.place = "/app";
  for (const bool everything : {false, true}) {
    const Review review = Review::Create(manifest, &store).value();
    consent.digest = review.digest();
    consent.items.emplace();
    if (everything) consent.items.reset();
    const Result<int64_t> approved = store.Approve(review, consent);
    EXPECT_TRUE(approved.ok()) << approved.error().message;
    EXPECT_EQ(Grants(store, manifest, POSTERN_FS_WRITE), everything);
  }
  EXPECT_FALSE(Review::Create(manifest, &store)->needs_approval());
  EXPECT_TRUE(Review::Create(manifest)->needs_approval());
}

TEST_F(WrapperTest, AnswersQuestionsOfPages) {
  CspQuestion question;
  question.directive = "connect-src";
  question.url = "https://b.test/";
  auto answer = CheckCsp("connect-src https://a.test", question);
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(answer->allowed());
  EXPECT_NE(answer->json.find("connect-src https://b.test"), std::string::npos);
  EXPECT_TRUE(CheckCsp("connect-src https://b.test", question)->allowed());
  question.self = "https://b.test";
  EXPECT_TRUE(CheckCsp("connect-src 'self'", question)->allowed());
  question = {"script-src", "inline"};
  EXPECT_FALSE(CheckCsp("script-src 'nonce-abc'", question)->allowed());
  question.nonce = "abc";
  EXPECT_TRUE(CheckCsp("script-src 'nonce-abc'", question)->allowed());
  question.directive = "nope-src";
  EXPECT_EQ(CheckCsp("", question).error().status, POSTERN_INVALID_ARGUMENT);
}

TEST_F(WrapperTest, MergesWhatPagesMayLoad) {
  CspMerge merge;
  EXPECT_TRUE(merge.SetBase("default-src 'self'\n", "base.csp").ok());
  EXPECT_TRUE(merge
                  .AddRequest("maps",
                              "img-src https://maps.test\n"
                              "connect-src https://live.test\n")
                  .ok());
  EXPECT_TRUE(merge.AddAdmin("[grant maps]\nimg-src https://maps.test\n").ok());
  EXPECT_TRUE(merge.SetSelf("https://cloud.example.org").ok());
  const auto bad = merge.SetBase("\nimg-src nope nope;\n", "base.csp");
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message.find("base.csp:2:"), std::string::npos);
  const CspMerged merged = merge.Run().value();
  EXPECT_EQ(merged.Header("maps"),
            "default-src 'self'; img-src 'self' https://maps.test");
  EXPECT_EQ(merged.Header(), merged.Header("maps"));
  EXPECT_FALSE(merged.Header("none").has_value());
  EXPECT_NE(merged.Json()->find("not_granted"), std::string::npos);
  EXPECT_NE(merged.ReviewJson()->find("missing"), std::string::npos);
  EXPECT_NE(merged.ReviewText()->find("https://live.test"), std::string::npos);
}

TEST_F(WrapperTest, MergesWhatIsApproved) {
  const Manifest manifest = Manifest::FromText(kManifest).value();
  Store store = Store::Open(box_ + "/approvals.db").value();
  for (const bool approved : {false, true}) {
    CspMerge merge;
    EXPECT_TRUE(merge.SetBase("img-src 'self'\n").ok());
    EXPECT_TRUE(merge.AddManifest(manifest).ok());
    EXPECT_TRUE(merge.AddApproval(store, manifest).ok());
    EXPECT_EQ(merge.Run()->Header("notes.acme"),
              approved ? "img-src 'self' https://maps.test" : "img-src 'self'");
    if (approved) break;
    const Review review = Review::Create(manifest, &store).value();
    Consent consent;
    consent.digest = review.digest();
    consent.who = "ada";
    EXPECT_TRUE(store.Approve(review, consent).ok());
  }
}

TEST_F(WrapperTest, FiltersHeaders) {
  const std::vector<Header> given = {
      {"Content-Security-Policy", "default-src *"},
      {"Set-Cookie", "a=b"},
      {"Access-Control-Allow-Origin", "https://b.test"},
      {"Content-Type", "text/html"}};
  CspFilterOptions options;
  options.policy = "default-src 'self'; frame-ancestors 'none'";
  const auto value = [&](const char* name) -> std::string {
    const auto filtered = FilterHeaders(given, options).value();
    EXPECT_FALSE(filtered.notes.empty());
    for (const Header& header : filtered.headers) {
      if (header.name == name) return header.value;
    }
    return "";
  };
  EXPECT_EQ(value("Content-Security-Policy"), options.policy);
  EXPECT_EQ(value("Content-Type"), "text/html");
  EXPECT_EQ(value("Set-Cookie"), "");
  EXPECT_EQ(value("Access-Control-Allow-Origin"), "");
  options.cors_origins = {"https://b.test"};
  options.cookie_path = "/apps/maps/";
  EXPECT_EQ(value("Access-Control-Allow-Origin"), "https://b.test");
  EXPECT_NE(value("Set-Cookie").find("a=b"), std::string::npos);
  options.policy = "img-src 'self' https://a.test";
  EXPECT_EQ(value("Content-Security-Policy"), options.policy);
  options.narrow = true;
  EXPECT_NE(value("Content-Security-Policy").find("default-src *"),
            std::string::npos);
  options.policy = "default-scr 'self'";
  EXPECT_EQ(FilterHeaders(given, options).error().status,
            POSTERN_INVALID_ARGUMENT);
}

}  // namespace
