// Measures guarded file operations next to the plain system calls, and next to
// the classic order of realpath, check, open; prints the targets of
// docs/design.md with what was reached. A missed target is no failure.

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/run_options.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/file_place.h"
#include "fs/guarded_fs.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"

namespace postern {
namespace benchmarks {
namespace {

namespace stdfs = std::filesystem;

constexpr int kRules = 100;
constexpr int kListed = 1000;
constexpr int kDepths[] = {3, 7, 13};

// A hundred rules, of which the first grants `place`.
std::shared_ptr<PermissionContext> MakeContext(const std::string& place) {
  const PermissionSet both =
      PermissionSet(Permission::kFsRead) | PermissionSet(Permission::kFsWrite);
  PolicyBuilder builder;
  builder.Allow(both, RulePattern::Text(place));
  builder.Deny(both, RulePattern::Text(place + "/denied"));
  for (int i = 2; i < kRules; ++i) {
    const std::string app = absl::StrCat("/srv/app", i % 10, "/part", i);
    if (i % 20 == 0) {
      builder.Deny(both, RulePattern::Text(app + "/keys"));
    } else {
      builder.Allow(both,
                    RulePattern::Text(
                        i % 5 < 2 ? app : absl::StrCat("exact:", app, "/f")));
    }
  }
  auto policy = builder.Build();
  if (!policy.ok()) return nullptr;
  auto root = PermissionContext::Create(*policy, ContextOptions());
  return root.ok() ? root->context : nullptr;
}

std::unique_ptr<const fs::GuardedFs> MakeFs(
    const std::shared_ptr<PermissionContext>& context,
    fs::GuardedFsOptions options) {
  PathMonitorOptions monitor;
  monitor.accept_unbound_policy = true;  // no rule passes a link
  auto made = fs::GuardedFs::Create(MakePathMonitor(context, monitor), options);
  return made.ok() ? *std::move(made) : nullptr;
}

// The files of one place.
struct Files {
  std::string place;
  std::vector<std::string> deep;  // by kDepths: that many components
  std::string through_link, stepping_back, listed, listed_with_denied, denied;
  std::string fresh;  // folder for files that are made
};

int ComponentsOf(const std::string& path) {
  int count = 0;
  for (char c : path) count += c == '/';
  return count;
}

void Touch(const std::string& path) { std::ofstream(path) << "contents\n"; }

Files MakeFiles(const std::string& place) {
  Files files;
  files.place = place;
  for (int depth : kDepths) {
    std::string folder = place;
    while (ComponentsOf(folder) < depth - 1) folder += "/folder_8";
    stdfs::create_directories(folder);
    files.deep.push_back(folder + "/file.txt");
    Touch(files.deep.back());
  }
  stdfs::create_directories(place + "/target");
  Touch(place + "/target/file.txt");
  stdfs::create_directory_symlink("target", place + "/link");
  files.through_link = place + "/link/file.txt";
  files.stepping_back = place + "/target/../target/file.txt";
  files.listed = place + "/listed";
  files.listed_with_denied = place + "/denied_beneath";
  files.fresh = place + "/fresh";
  files.denied = place + "/denied/file.txt";
  for (const char* name : {"/listed", "/fresh", "/denied"}) {
    stdfs::create_directories(place + name);
  }
  Touch(files.denied);
  for (int i = 0; i < kListed; ++i) {
    Touch(absl::StrCat(files.listed, "/entry_", i));
  }
  return files;
}

void Register(const std::string& name, std::function<bool()> once) {
  benchmark::RegisterBenchmark(
      name.c_str(), [name, once](benchmark::State& state) {
        for (auto _ : state) {
          if (!once()) {
            state.SkipWithError("an operation did not do what it should");
            break;
          }
        }
      });
}

bool PlainOpen(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  close(fd);
  return true;
}

bool GuardedOpen(const fs::GuardedFs& files, const std::string& path) {
  return files.Open(path, fs::OpenIntent()).ok();
}

// What programs do by hand; a rename in between beats it.
bool ClassicOpen(const PermissionContext& context, const std::string& path) {
  char real[PATH_MAX];
  if (realpath(path.c_str(), real) == nullptr) return false;
  if (!context.Check(Access::Path(Permission::kFsRead, real)).allowed()) {
    return false;
  }
  return PlainOpen(real);
}

// Makes files of ever new names; removes them now and then, unmeasured.
void RegisterCreate(const std::string& name, const std::string& folder,
                    std::function<bool(const std::string&)> create) {
  benchmark::RegisterBenchmark(
      name.c_str(), [folder, create](benchmark::State& state) {
        const auto clear = [&] {
          for (const auto& entry : stdfs::directory_iterator(folder)) {
            stdfs::remove(entry.path());
          }
        };
        clear();
        std::vector<std::string> names;
        for (int i = 0; i < 2000; ++i) {
          names.push_back(absl::StrCat(folder, "/new_", i));
        }
        size_t next = 0;
        for (auto _ : state) {
          if (next == names.size()) {
            state.PauseTiming();
            clear();
            next = 0;
            state.ResumeTiming();
          }
          if (!create(names[next++])) {
            state.SkipWithError("a file was not made");
            break;
          }
        }
        clear();
      });
}

bool PlainCreate(const std::string& path) {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  close(fd);
  return true;
}

bool GuardedCreate(const fs::GuardedFs& files, const std::string& path) {
  fs::OpenIntent intent;
  intent.access = fs::OpenIntent::Access::kWrite;
  intent.create = intent.exclusive = true;
  intent.mode = 0600;
  return files.Open(path, intent).ok();
}

bool PlainList(const std::string& path) {
  DIR* dir = opendir(path.c_str());
  if (dir == nullptr) return false;
  int count = 0;
  while (readdir(dir) != nullptr) ++count;
  closedir(dir);
  return count == kListed + 2;
}

bool GuardedList(const fs::GuardedFs& files, const std::string& path) {
  auto reader = files.List(path);
  if (!reader.ok()) return false;
  fs::DirectoryReader::Entry entry;
  int count = 0;
  while (reader->Next(&entry)) ++count;
  return count == kListed;
}

// One place and the two kinds of GuardedFs that are measured on it.
class Subject {
 public:
  Subject(std::string label, const std::string& place)
      : label_(std::move(label)),
        files_(MakeFiles(place)),
        context_(MakeContext(place)) {
    fs::GuardedFsOptions any;
    any.kinds = fs::Kinds::Any();
    any_ = MakeFs(context_, any);
    usual_ = MakeFs(context_, fs::GuardedFsOptions());
  }

  void RegisterAll() const {
    RegisterOpens();
    RegisterPair("link", files_.through_link);
    RegisterPair("dotdot", files_.stepping_back);
    RegisterCreate(Name("plain/create"), files_.fresh, PlainCreate);
    RegisterCreate(Name("ours/create"), files_.fresh,
                   [this](const std::string& path) {
                     return GuardedCreate(*usual_, path);
                   });
    Register(Name("plain/stat"), [this] {
      struct stat st;
      return stat(files_.deep[1].c_str(), &st) == 0;
    });
    Register(Name("ours/stat"),
             [this] { return usual_->Stat(files_.deep[1]).ok(); });
    Register(Name("check"), [this] {
      return context_
          ->Check(Access::CanonicalPath(Permission::kFsRead, files_.deep[1]))
          .allowed();
    });
    Register(Name("plain/list"), [this] { return PlainList(files_.listed); });
    Register(Name("ours/list"),
             [this] { return GuardedList(*usual_, files_.listed); });
    Register(Name("ours/denied"), [this] {
      return usual_->Open(files_.denied, fs::OpenIntent()).status().denied();
    });
  }

  std::string Name(const std::string& what) const { return label_ + what; }

 private:
  void RegisterOpens() const {
    for (size_t i = 0; i < files_.deep.size(); ++i) {
      const std::string& path = files_.deep[i];
      const std::string depth = absl::StrCat("open/depth:", kDepths[i]);
      Register(Name("plain/" + depth), [&path] { return PlainOpen(path); });
      Register(Name("any/" + depth),
               [this, &path] { return GuardedOpen(*any_, path); });
      Register(Name("ours/" + depth),
               [this, &path] { return GuardedOpen(*usual_, path); });
      Register(Name("classic/" + depth),
               [this, &path] { return ClassicOpen(*context_, path); });
    }
  }
  void RegisterPair(const std::string& what, const std::string& path) const {
    Register(Name("plain/" + what), [&path] { return PlainOpen(path); });
    Register(Name("ours/" + what),
             [this, &path] { return GuardedOpen(*usual_, path); });
    Register(Name("classic/" + what),
             [this, &path] { return ClassicOpen(*context_, path); });
  }

  const std::string label_;
  const Files files_;
  const std::shared_ptr<PermissionContext> context_;
  std::unique_ptr<const fs::GuardedFs> any_, usual_;
};

// At most; 0: for comparison alone.
struct Target {
  constexpr Target(double both) : nodev(both), with_devices(both) {}  // NOLINT
  constexpr Target(double without, double with)
      : nodev(without), with_devices(with) {}
  double nodev;
  double with_devices;
};

constexpr Target kNoTarget = 0;
// With devices, what a name leads to has to be known before it is opened.
constexpr Target kDefaultOpen = {1.30, 1.45};

struct Row {
  const char* text;
  const char* a;
  const char* b;
  Target target;
};

constexpr Row kRows[] = {
    {"open, kinds any / plain, depth 3", "any/open/depth:3",
     "plain/open/depth:3", 1.12},
    {"open, kinds any / plain, depth 7", "any/open/depth:7",
     "plain/open/depth:7", 1.12},
    {"open, kinds any / plain, depth 13", "any/open/depth:13",
     "plain/open/depth:13", 1.12},
    {"open, default / plain, depth 3", "ours/open/depth:3",
     "plain/open/depth:3", kDefaultOpen},
    {"open, default / plain, depth 7", "ours/open/depth:7",
     "plain/open/depth:7", kDefaultOpen},
    {"open, default / plain, depth 13", "ours/open/depth:13",
     "plain/open/depth:13", kDefaultOpen},
    {"open through a link / plain", "ours/link", "plain/link", 4},
    {"open with \"..\" / plain", "ours/dotdot", "plain/dotdot", 3.5},
    {"create / plain", "ours/create", "plain/create", 1.2},
    {"stat / plain", "ours/stat", "plain/stat", 2.3},
    {"the check alone / plain open, depth 7", "check", "plain/open/depth:7",
     kNoTarget},
    {"list of 1,000 / plain", "ours/list", "plain/list", 1.0},
    {"denied open / plain open, depth 3", "ours/denied", "plain/open/depth:3",
     kNoTarget},
    {"realpath, check, open / plain, depth 3", "classic/open/depth:3",
     "plain/open/depth:3", kNoTarget},
    {"realpath, check, open / plain, depth 7", "classic/open/depth:7",
     "plain/open/depth:7", kNoTarget},
    {"realpath, check, open / plain, depth 13", "classic/open/depth:13",
     "plain/open/depth:13", kNoTarget},
    {"realpath, check, open / plain, link", "classic/link", "plain/link",
     kNoTarget},
};

void AddRows(const Subject& subject, const std::string& where,
             double Target::*target, const Medians& medians,
             TargetTable* table) {
  for (const Row& row : kRows) {
    TargetRow added;
    added.name = absl::StrCat(where, ": ", row.text);
    added.figure = medians.Ratio(subject.Name(row.a), subject.Name(row.b));
    added.target = row.target.*target;
    if (added.target == 0) added.bound = TargetRow::Bound::kNone;
    table->Add(std::move(added));
  }
}

int Run(const RunOptions& options) {
  // First, as it may move this process to another mount namespace.
  const FilePlace nodev(FilePlace::Mount::kNoDevices);
  const FilePlace plain(FilePlace::Mount::kAsItIs);
  if (plain.path().empty()) {
    std::fprintf(stderr, "no folder for temporary files\n");
    return 1;
  }
  const Machine machine = Machine::This();
  std::unique_ptr<const Subject> without, with;
  if (!nodev.path().empty()) {
    without = std::make_unique<const Subject>("nodev/", nodev.path());
    without->RegisterAll();
  } else {
    std::printf("no mount without devices here: those rows are left out\n");
  }
  with = std::make_unique<const Subject>("any/", plain.path());
  with->RegisterAll();

  Medians medians;
  benchmark::RunSpecifiedBenchmarks(&medians);
  TargetTable table(options.not_run());
  if (without != nullptr) {
    AddRows(*without, "nodev mount", &Target::nodev, medians, &table);
  }
  AddRows(*with, "mount with devices", &Target::with_devices, medians, &table);
  return options.Report(machine, table, medians) ? 0 : 1;
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern

int main(int argc, char** argv) {
  return postern::benchmarks::RunMain(argc, argv, postern::benchmarks::Run);
}
