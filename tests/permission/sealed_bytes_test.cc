// Bytes that a started program inherits: what was written, whole, or nothing.

#include "permission/proto/sealed_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "gtest/gtest.h"
#include "tests/amount.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace internal {
namespace {

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

absl::StatusCode CodeOf(int fd) { return ReadSealedBytes(fd).status().code(); }

// Another writer for a pipe: whoever may look into this process gets one.
fs::FileDescriptor WriterOf(int fd) {
  return fs::FileDescriptor(open(absl::StrCat("/proc/self/fd/", fd).c_str(),
                                 O_WRONLY | O_NONBLOCK | O_CLOEXEC));
}

fs::FileDescriptor PipeOf(absl::string_view bytes) {
  auto sealed = SealBytesInPipe(bytes);
  EXPECT_TRUE(sealed.ok()) << sealed.status();
  return sealed.ok() ? *std::move(sealed) : fs::FileDescriptor();
}

// A pipe that is marked as one of ours, and holds `content`.
fs::FileDescriptor Forged(absl::string_view content) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  EXPECT_EQ(fcntl(ends[0], F_SETFL, O_DIRECT | O_NONBLOCK), 0);
  EXPECT_EQ(write(ends[1], content.data(), content.size()),
            static_cast<ssize_t>(content.size()));
  close(ends[1]);
  return fs::FileDescriptor(ends[0]);
}

std::string Header(uint64_t size) {
  return absl::StrCat(
      "postern snapshot\n",
      absl::string_view(reinterpret_cast<const char*>(&size), sizeof(size)));
}

TEST(SealedBytesTest, AFileIsReadAnyNumberOfTimes) {
  const auto sealed = SealBytes("text");
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(*ReadSealedBytes(sealed->get()), "text");
  EXPECT_TRUE(HoldsSealedBytes(sealed->get()));
}

TEST(SealedBytesTest, APipeIsReadOnce) {
  const fs::FileDescriptor pipe = PipeOf("text");
  EXPECT_TRUE(HoldsSealedBytes(pipe.get()));
  EXPECT_EQ(*ReadSealedBytes(pipe.get()), "text");
  // It still is one, so that who comes later is told.
  EXPECT_TRUE(HoldsSealedBytes(pipe.get()));
  const absl::Status again = ReadSealedBytes(pipe.get()).status();
  EXPECT_EQ(again.code(), kPrecondition);
  EXPECT_TRUE(absl::StrContains(again.message(), "before")) << again;
}

TEST(SealedBytesTest, APipeWithAWriterIsRefused) {
  const fs::FileDescriptor pipe = PipeOf("text");
  const fs::FileDescriptor writer = WriterOf(pipe.get());
  ASSERT_TRUE(writer.valid());
  EXPECT_EQ(CodeOf(pipe.get()), kPrecondition);
}

TEST(SealedBytesTest, WhatAWriterAddedIsRefused) {
  const fs::FileDescriptor pipe = PipeOf("text");
  ASSERT_EQ(write(WriterOf(pipe.get()).get(), "s", 1), 1);
  EXPECT_EQ(CodeOf(pipe.get()), kInvalid);
}

TEST(SealedBytesTest, APartIsRefused) {
  const fs::FileDescriptor pipe = PipeOf("text");
  char begin[3];
  ASSERT_EQ(read(pipe.get(), begin, sizeof(begin)), 3);
  EXPECT_NE(CodeOf(pipe.get()), absl::StatusCode::kOk);
  const std::string whole = absl::StrCat(Header(4), "text");
  EXPECT_EQ(*ReadSealedBytes(Forged(whole).get()), "text");
  for (size_t size = 1; size < whole.size(); ++size) {
    EXPECT_EQ(CodeOf(Forged(whole.substr(0, size)).get()), kInvalid) << size;
  }
}

TEST(SealedBytesTest, ForgedContentIsRefused) {
  for (const std::string& content :
       {absl::StrCat(Header(3), "text"), absl::StrCat(Header(5), "text"),
        absl::StrCat(Header(UINT64_MAX), "text"),
        std::string("postern snapshot\ntext, as in a file"),
        std::string(100, 'x')}) {
    EXPECT_EQ(CodeOf(Forged(content).get()), kInvalid) << content;
  }
}

// A shell's pipe, whatever somebody's data says.
TEST(SealedBytesTest, PipesWithoutTheMarkAreNone) {
  int ends[2];
  for (const int flags : {0, O_NONBLOCK, O_DIRECT | O_NONBLOCK}) {
    ASSERT_EQ(pipe2(ends, O_CLOEXEC | flags), 0);
    const fs::FileDescriptor reading(ends[0]), writing(ends[1]);
    const std::string content = absl::StrCat(Header(4), "text");
    ASSERT_GT(write(writing.get(), content.data(), content.size()), 0);
    EXPECT_FALSE(HoldsSealedBytes(reading.get()));
    EXPECT_EQ(CodeOf(reading.get()), kInvalid);
  }
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  for (const int end : ends) {
    ASSERT_EQ(fcntl(end, F_SETFL, O_DIRECT | O_NONBLOCK), 0);
  }
  EXPECT_FALSE(HoldsSealedBytes(ends[1])) << "the writing end";
  const fs::FileDescriptor input(fcntl(0, F_DUPFD_CLOEXEC, 3));
  ASSERT_EQ(dup2(ends[0], 0), 0);
  EXPECT_FALSE(HoldsSealedBytes(0)) << "standard input";
  EXPECT_TRUE(HoldsSealedBytes(ends[0]));
  if (input.valid()) dup2(input.get(), 0);
  close(ends[0]);
  close(ends[1]);
}

TEST(SealedBytesTest, OtherFilesAreNone) {
  const fs::FileDescriptor memory(memfd_create("x", MFD_ALLOW_SEALING));
  ASSERT_EQ(write(memory.get(), Header(0).data(), 17), 17);
  for (const int fd : {-1, 1 << 20, memory.get()}) {
    EXPECT_FALSE(HoldsSealedBytes(fd));
    EXPECT_EQ(CodeOf(fd), kInvalid);
  }
}

TEST(SealedBytesTest, WhatNoPipeHoldsIsAnError) {
  WithoutCapabilities([] {
    const std::string most((1 << 20) - 25, 'm');
    const absl::StatusOr<fs::FileDescriptor> fits = SealBytesInPipe(most);
    if (fits.ok()) {
      EXPECT_EQ(*ReadSealedBytes(fits->get()), most);
    }
    // More than /proc/sys/fs/pipe-max-size is by default.
    const absl::Status status =
        SealBytesInPipe(std::string(size_t{16} << 20, 'x')).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_TRUE(absl::StrContains(status.message(), "pipe-max-size")) << status;
  });
}

TEST(SealedBytesTest, WhateverFitsComesBack) {
  std::mt19937_64 random(7);
  const int64_t cases = testing::AmountOf({200, 50, 5000});
  for (int64_t i = 0; i < cases; ++i) {
    std::string bytes(random() % (i % 2 == 0 ? 200 : 300000), '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const absl::StatusOr<fs::FileDescriptor> sealed =
        i % 4 < 2 ? SealBytesInPipe(bytes) : SealBytes(bytes);
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    const absl::StatusOr<std::string> read = ReadSealedBytes(sealed->get());
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(*read, bytes);
  }
}

}  // namespace
}  // namespace internal
}  // namespace postern
