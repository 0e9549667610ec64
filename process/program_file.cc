#include "process/program_file.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace postern {
namespace process {
namespace {

using Kind = ProgramFile::Kind;

// What the kernel reads of a script (BINPRM_BUF_SIZE).
constexpr size_t kHeadBytes = 256;
// More program headers or dynamic entries than these no linker makes.
constexpr size_t kMaxHeaders = 256;
constexpr size_t kMaxDynamic = 4096;

ProgramFile OfKind(Kind kind, int error = 0) {
  ProgramFile file;
  file.kind = kind;
  file.error = error;
  return file;
}

// Up to `size` bytes from `offset`; less at the end of the file. -1 and errno.
ssize_t ReadAt(int fd, void* to, size_t size, uint64_t offset) {
  size_t done = 0;
  while (done < size) {
    const ssize_t n = pread(fd, static_cast<char*>(to) + done, size - done,
                            static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return static_cast<ssize_t>(done);
}

// Whether a table of an ELF file, of `count` items, has one that `is_it` takes.
template <typename Item, typename Test>
bool HasItem(int fd, uint64_t offset, size_t count, Test is_it) {
  std::vector<Item> items(count);
  const ssize_t n = ReadAt(fd, items.data(), count * sizeof(Item), offset);
  const size_t read = n < 0 ? 0 : static_cast<size_t>(n) / sizeof(Item);
  for (size_t i = 0; i < read; ++i) {
    if (is_it(items[i])) return true;
  }
  return false;
}

template <typename Phdr, typename Dyn>
bool HasSharedName(int fd, const Phdr& dynamic) {
  const size_t count = static_cast<size_t>(dynamic.p_filesz) / sizeof(Dyn);
  return HasItem<Dyn>(
      fd, dynamic.p_offset, count < kMaxDynamic ? count : kMaxDynamic,
      [](const Dyn& entry) { return entry.d_tag == DT_SONAME; });
}

// A name that ends with a NUL, or with the segment.
template <typename Phdr>
std::string ReadName(int fd, const Phdr& segment) {
  char name[PATH_MAX];
  const size_t size = segment.p_filesz < sizeof(name)
                          ? static_cast<size_t>(segment.p_filesz)
                          : sizeof(name);
  const ssize_t n = ReadAt(fd, name, size, segment.p_offset);
  return n <= 0 ? "" : std::string(name, strnlen(name, static_cast<size_t>(n)));
}

// A shared object without an interpreter of its own is a loader, or does what
// one does: programs that are linked statically have no name to be shared by.
template <typename Ehdr, typename Phdr, typename Dyn>
ProgramFile ReadElf(int fd, absl::string_view head) {
  Ehdr header;
  if (head.size() < sizeof(header)) return OfKind(Kind::kOther);
  std::memcpy(&header, head.data(), sizeof(header));
  const bool shared = header.e_type == ET_DYN;
  if (header.e_phentsize != sizeof(Phdr)) {
    return OfKind(shared ? Kind::kOther : Kind::kBinary);
  }
  ProgramFile file = OfKind(Kind::kBinary);
  bool has_interpreter = false, has_name = false;
  const size_t count =
      header.e_phnum < kMaxHeaders ? header.e_phnum : kMaxHeaders;
  const bool found =
      HasItem<Phdr>(fd, header.e_phoff, count, [&](const Phdr& segment) {
        if (segment.p_type == PT_INTERP) {
          has_interpreter = true;
          file.loader = ReadName(fd, segment);
        }
        if (segment.p_type == PT_DYNAMIC) {
          has_name = has_name || HasSharedName<Phdr, Dyn>(fd, segment);
        }
        return false;
      });
  static_cast<void>(found);
  if (shared && has_name && !has_interpreter) file.kind = Kind::kLoader;
  return file;
}

ProgramFile ReadElf(int fd, absl::string_view head) {
  switch (head[EI_CLASS]) {
    case ELFCLASS64:
      return ReadElf<Elf64_Ehdr, Elf64_Phdr, Elf64_Dyn>(fd, head);
    case ELFCLASS32:
      return ReadElf<Elf32_Ehdr, Elf32_Phdr, Elf32_Dyn>(fd, head);
    default:
      return OfKind(Kind::kOther);
  }
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

absl::string_view WithoutBlanks(absl::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

// As fs/binfmt_script.c: up to the end of the line, or of what is looked at.
ProgramFile ReadScriptLine(absl::string_view head) {
  if (!absl::ConsumePrefix(&head, "#!")) return OfKind(Kind::kOther);
  absl::string_view line = head.substr(0, head.find('\n'));
  line = WithoutBlanks(line.substr(0, line.find('\0')));
  size_t end = 0;
  while (end < line.size() && !IsBlank(line[end])) ++end;
  if (end == 0) return OfKind(Kind::kOther);
  ProgramFile file = OfKind(Kind::kScript);
  file.interpreter = std::string(line.substr(0, end));
  const absl::string_view rest = WithoutBlanks(line.substr(end));
  file.has_argument = !rest.empty();
  file.argument = std::string(rest);
  return file;
}

ProgramFile InspectProgram(int fd) {
  char bytes[kHeadBytes];
  const ssize_t n = ReadAt(fd, bytes, sizeof(bytes), 0);
  if (n < 0) return OfKind(Kind::kUnreadable, errno);
  const absl::string_view head(bytes, static_cast<size_t>(n));
  if (absl::StartsWith(head, "#!")) return ReadScriptLine(head);
  const bool elf =
      head.size() > EI_CLASS && std::memcmp(head.data(), ELFMAG, SELFMAG) == 0;
  return elf ? ReadElf(fd, head) : OfKind(Kind::kOther);
}

}  // namespace process
}  // namespace postern
