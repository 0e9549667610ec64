#include "tests/fs/kernel_oracle_world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace postern {
namespace fs {
namespace testing {
namespace {

namespace stdfs = std::filesystem;

constexpr size_t kObjects = 30;

std::string Below(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

size_t Depth(const std::string& name) {
  return static_cast<size_t>(std::count(name.begin(), name.end(), '/'));
}

// Few, so that they meet; now and then one with bytes that text has not.
std::string RandomLetter(Draw* draw) {
  static const std::vector<std::string> letters = {"a", "b", "c"};
  static const std::vector<std::string> odd = {"\xff\n", "...", " ", "a b",
                                               "\\"};
  return draw->Percent(93) ? draw->Pick(letters) : draw->Pick(odd);
}

// Slashes and dots, which change nothing as long as directories are before and
// behind them.
std::string RandomSeparator(Draw* draw) {
  static const std::vector<std::string> odd = {"//", "/./", "///", "//.//"};
  return draw->Percent(85) ? "/" : draw->Pick(odd);
}

// What may stand at the end of a name and asks for a directory.
std::string RandomEnd(Draw* draw) {
  static const std::vector<std::string> ends = {"/", "/.", "//", "/./", "/.."};
  return draw->Percent(80) ? "" : draw->Pick(ends);
}

}  // namespace

bool RandomTree::Rebuild(uint64_t seed) {
  std::error_code error;
  for (const auto& entry : stdfs::directory_iterator(root_, error)) {
    stdfs::remove_all(entry.path(), error);
    if (error) return false;
  }
  directories_ = {""};
  files_.clear();
  names_.clear();
  Draw draw(seed);
  has_chain_ = draw.Percent(40);
  for (size_t i = 0; i < kObjects; ++i) MakeObject(&draw);
  if (has_chain_) MakeChain();
  return !error;
}

void RandomTree::MakeObject(Draw* draw) {
  const std::string name = Below(draw->Pick(directories_), RandomLetter(draw));
  const std::string path = root_ + "/" + name;
  const size_t kind = draw->Below(100);
  if (Depth(name) > 4) return;
  bool made = false;
  if (kind < 40) {
    // Some are not searchable, save for root.
    made = mkdir(path.c_str(), kind < 3 ? 0444 : 0755) == 0;
    if (made) directories_.push_back(name);
  } else if (kind < 58 || (kind < 68 && files_.empty())) {
    const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0644);
    made = fd >= 0;
    if (made) close(fd);
  } else if (kind < 68) {
    made = link((root_ + "/" + draw->Pick(files_)).c_str(), path.c_str()) == 0;
  } else {
    made = symlink(RandomText(draw).c_str(), path.c_str()) == 0;
  }
  if (!made) return;
  if (kind >= 40 && kind < 68) files_.push_back(name);
  names_.push_back(name);
}

void RandomTree::MakeChain() {
  const std::string folder = root_ + "/k/";
  mkdir(folder.c_str(), 0755);
  std::string before = "../a";
  for (int i = 1; i <= kChainLength; ++i) {
    const std::string name = std::to_string(i);
    if (symlink(before.c_str(), (folder + name).c_str()) != 0) return;
    before = name;
  }
  directories_.push_back("k");
}

// The text of a link: mostly towards something that is there.
std::string RandomTree::RandomText(Draw* draw) const {
  std::string up;
  for (size_t i = draw->Below(4); i > 0; --i) up += "../";
  const bool known = !names_.empty() && draw->Percent(45);
  const std::string name =
      known ? draw->Pick(names_) : RandomPart(draw) + RandomEnd(draw);
  const std::string end = draw->Percent(10) ? "/" : "";
  if (draw->Percent(30)) return root_ + "/" + name + end;
  return (draw->Percent(50) ? up : "") + name + end;
}

std::string RandomTree::RandomPart(Draw* draw) const {
  std::string part;
  for (size_t i = draw->Below(4) + 1; i > 0; --i) {
    if (!part.empty()) part += RandomSeparator(draw);
    const size_t kind = draw->Below(100);
    if (kind < 20) {
      part += "..";
    } else if (kind < 24) {
      part += ".";
    } else if (kind < 27) {
      part += "missing";
    } else if (kind < 28) {
      part += std::string(256, 'l');  // NAME_MAX is 255
    } else {
      part += RandomLetter(draw);
    }
  }
  return part;
}

TreeName RandomTree::RandomName(Draw* draw) const {
  TreeName name;
  name.absolute = draw->Percent(30);
  if (has_chain_ && draw->Percent(12)) {
    name.absolute = true;
    const int link = kChainLength - static_cast<int>(draw->Below(8));
    name.rest = "k/" + std::to_string(link);
  } else if (draw->Percent(60)) {
    name.rest = names_.empty() ? "a" : draw->Pick(names_);
  } else if (draw->Percent(50)) {
    name.rest = Below(draw->Pick(directories_), RandomLetter(draw));
  } else {
    name.rest = RandomPart(draw);
  }
  if (draw->Percent(25)) {
    name.rest += RandomSeparator(draw) + RandomPart(draw);
  }
  name.rest += RandomEnd(draw);
  return name;
}

std::string RandomTree::Describe() const {
  std::vector<std::string> paths;
  std::error_code error;
  for (auto it = stdfs::recursive_directory_iterator(root_, error);
       !error && it != stdfs::recursive_directory_iterator();
       it.increment(error)) {
    paths.push_back(it->path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::map<ino_t, size_t> first_names;
  std::string text;
  for (size_t i = 0; i < paths.size(); ++i) {
    struct stat st;
    if (lstat(paths[i].c_str(), &st) != 0) return "cannot be read";
    const size_t first = first_names.emplace(st.st_ino, i).first->second;
    text += paths[i].substr(root_.size()) + " mode " +
            std::to_string(st.st_mode) + " file " + std::to_string(first);
    if (S_ISLNK(st.st_mode)) {
      std::string link = stdfs::read_symlink(paths[i], error).string();
      if (link.compare(0, root_.size(), root_) == 0) {
        link.replace(0, root_.size(), "ROOT");
      }
      text += " leads to " + link;
    }
    text += "\n";
  }
  return text;
}

}  // namespace testing
}  // namespace fs
}  // namespace postern
