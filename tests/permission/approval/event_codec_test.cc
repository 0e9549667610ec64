#include "permission/approval/event_codec.h"

#include <random>
#include <string>

#include "gtest/gtest.h"
#include "permission/approval/internal/canonical.h"
#include "tests/amount.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

ApprovalEvent FullEvent() {
  ApprovalEvent event;
  event.revision = 7;
  event.app = "notes.acme";
  event.info = By("alice", std::string("why \xff\0!", 7));
  Approval approval = MakeApproval(
      event.app,
      {PathRequest("fs", std::string("/srv/\xff\n", 7)), RunRequest({"du"}),
       RunRequest({"du", "**"}, CallForm::kExact), RunRequest({}),
       Request("secret.use", RulePattern::Secret({"mail", "password"}), ""),
       Request("all", RulePattern::Whole())});
  approval.expires = At(3600) + absl::Nanoseconds(1);
  event.approval = approval;
  return event;
}

ApprovalEvent EventWithCsp() {
  ApprovalEvent event = FullEvent();
  event.approval->csp = {PageRequest("img-src https://a.test"),
                         PageRequest("sandbox", ""),
                         PageRequest("sandbox allow-forms", "forms", 9)};
  return event;
}

// Bytes with a right checksum, as a fuzzer or a newer version may make them.
std::string Signed(absl::string_view body) {
  return absl::StrCat(body, internal::Sha256(body));
}

TEST(EventCodecTest, ComesBackExactly) {
  ApprovalEvent event = FullEvent();
  EXPECT_EQ(Dump(DecodeEvent(EncodeEvent(event).value()).value()), Dump(event));
  event = EventWithCsp();
  EXPECT_EQ(Dump(DecodeEvent(EncodeEvent(event).value()).value()), Dump(event));
  event.approval = absl::nullopt;
  EXPECT_EQ(Dump(DecodeEvent(EncodeEvent(event).value()).value()), Dump(event));
}

TEST(EventCodecTest, EveryFlippedBitAndEveryCutIsSeen) {
  const std::string bytes = EncodeEvent(FullEvent()).value();
  for (size_t i = 0; i < bytes.size(); ++i) {
    ASSERT_FALSE(DecodeEvent(bytes.substr(0, i)).ok()) << i;
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      ASSERT_EQ(DecodeEvent(changed).status().code(),
                absl::StatusCode::kDataLoss);
    }
  }
}

// What a flipped bit must not do even where somebody made the checksum right:
// crash, or be read as something that would be written otherwise.
TEST(EventCodecTest, WhatIsReadIsWhatWouldBeWritten) {
  std::string bodies[2];
  bodies[0] = EncodeEvent(FullEvent()).value();
  bodies[1] = EncodeEvent(EventWithCsp()).value();
  for (std::string& body : bodies) body.resize(body.size() - 32);
  std::mt19937 random(4);
  int64_t read = 0;
  const int64_t rounds = testing::AmountOf({50000, 8000, 1000000});
  for (int64_t round = 0; round < rounds; ++round) {
    std::string changed = bodies[round % 2];
    for (int n = 1 + random() % 3; n > 0; --n) {
      changed[random() % changed.size()] = static_cast<char>(random() % 256);
    }
    const std::string all = Signed(changed);
    const absl::StatusOr<ApprovalEvent> event = DecodeEvent(all);
    if (!event.ok()) continue;
    ++read;
    ASSERT_EQ(EncodeEvent(*event).value(), all);
  }
  EXPECT_GT(read, rounds / 500);
}

TEST(EventCodecTest, RefusesOtherVersionsAndTrailingBytes) {
  const std::string bytes = EncodeEvent(FullEvent()).value();
  std::string body = bytes.substr(0, bytes.size() - 32);
  EXPECT_TRUE(DecodeEvent(Signed(body)).ok());
  EXPECT_FALSE(DecodeEvent(Signed(body + '\0')).ok());
  body[8 + 23] = '4';  // "postern approval event 1"
  const absl::Status status = DecodeEvent(Signed(body)).status();
  EXPECT_EQ(status.message(), "it is of an unknown version");
}

// Stores hold what earlier versions wrote, and those read what has no words
// for pages.
TEST(EventCodecTest, OnlyWordsForPagesNeedTheSecondFormat) {
  const auto format = [](const ApprovalEvent& event) {
    return EncodeEvent(event).value().substr(8, 24);
  };
  EXPECT_EQ(format(FullEvent()), "postern approval event 1");
  EXPECT_EQ(format(EventWithCsp()), "postern approval event 2");
  // The second format without any is nothing that was written here.
  for (const bool revoked : {false, true}) {
    ApprovalEvent event = FullEvent();
    if (revoked) event.approval = absl::nullopt;
    std::string body = EncodeEvent(event).value();
    body.resize(body.size() - 32);
    body[8 + 23] = '2';
    EXPECT_FALSE(DecodeEvent(Signed(body)).ok());
    body.append(8, '\0');
    EXPECT_FALSE(DecodeEvent(Signed(body)).ok());
  }
}

TEST(EventCodecTest, APlaceNeedsTheThirdFormat) {
  for (ApprovalEvent event : {FullEvent(), EventWithCsp()}) {
    event.approval->place = "/srv/apps/notes";
    const std::string bytes = EncodeEvent(event).value();
    EXPECT_EQ(bytes.substr(8, 24), "postern approval event 3");
    EXPECT_EQ(Dump(DecodeEvent(bytes).value()), Dump(event));
    event.approval->place = "/srv/apps/other";
    EXPECT_NE(EncodeEvent(event).value(), bytes);
    // The third format without one is nothing that was written here.
    event.approval->place = "";
    std::string body = EncodeEvent(event).value();
    body.resize(body.size() - 32);
    body[8 + 23] = '3';
    EXPECT_FALSE(DecodeEvent(Signed(body)).ok());
  }
}

struct BadWord {
  const char* from;
  const char* to;  // as long
  const char* why;
};

TEST(EventCodecTest, RefusesWordsThatNobodyApproved) {
  constexpr BadWord kCases[] = {
      {"img-src", "IMG-src", "another spelling of the directive"},
      {"img-src", "img-srx", "no directive"},
      {"img-src", "sandbox", "the word is none of this directive"},
      {"https://a.test", "https://A.test", "not canonical"},
      {"https://a.test", "https://a;test", "a byte that ends a directive"},
  };
  const std::string bytes = EncodeEvent(EventWithCsp()).value();
  for (const BadWord& c : kCases) {
    SCOPED_TRACE(c.why);
    std::string body = bytes.substr(0, bytes.size() - 32);
    body.replace(body.find(c.from), std::string(c.from).size(), c.to);
    EXPECT_EQ(DecodeEvent(Signed(body)).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

TEST(EventCodecTest, RefusesHugeCounts) {
  internal::CanonicalWriter writer("postern approval event 1");
  writer.Number(1);
  writer.Bytes("notes.acme");
  writer.Bytes("alice");
  writer.Number(0);
  writer.Bytes("");
  writer.Number(1);
  writer.Bytes("alice");
  writer.Number(0);
  writer.Bytes(std::string(64, 'a'));
  writer.Number(0);
  writer.Number(~uint64_t{0});
  EXPECT_EQ(DecodeEvent(Signed(writer.bytes())).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(EventCodecTest, RefusesToWriteNonsense) {
  ApprovalEvent event = FullEvent();
  event.revision = 0;
  EXPECT_FALSE(EncodeEvent(event).ok());
  event = FullEvent();
  event.info.who = "";
  EXPECT_FALSE(EncodeEvent(event).ok());
  event = FullEvent();
  event.app = "other";
  EXPECT_FALSE(EncodeEvent(event).ok());
  event = FullEvent();
  event.approval->requests[0].reason = std::string(kMaxEventBytes, 'x');
  EXPECT_EQ(EncodeEvent(event).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace postern
