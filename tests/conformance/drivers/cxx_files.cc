#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/conformance/drivers/cxx_host.h"

namespace {

namespace fs = postern::fs;

struct Times {
  struct timespec both[2];
};
Times TimesOf(const attempt& a) {
  const struct timespec one = {a.time_ms / 1000, a.time_ms % 1000 * 1000000};
  return {{one, one}};
}

void ReadFd(const Trial& t, int fd) {
  char bytes[256];
  const ssize_t size = read(fd, bytes, sizeof bytes);
  if (t.AnswerErrno(size < 0 ? errno : 0, false)) {
    t.Tell({bytes, static_cast<size_t>(size)});
  }
}
void WriteFd(const Trial& t, int fd) {
  const ssize_t size = write(fd, t.a.text.data, t.a.text.size);
  t.AnswerErrno(size < 0 ? errno : 0, false);
}

void Read(const Trial& t) {
  if (t.a.nofollow == 0) {
    const auto contents = t.by.files->ReadFile(t.At(), 4000);
    if (t.Answer(contents.status())) t.Tell(*contents);
    return;
  }
  fs::OpenIntent intent;
  intent.nofollow = true;
  const auto file = t.by.files->Open(t.At(), intent);
  if (t.Answer(file.status())) ReadFd(t, file->fd());
}

void WriteWith(const Trial& t, bool append, bool exclusive) {
  fs::OpenIntent intent;
  intent.access = fs::OpenIntent::Access::kWrite;
  intent.create = true;
  intent.append = append;
  intent.exclusive = exclusive;
  const auto file = t.by.files->Open(t.At(), intent);
  if (t.Answer(file.status())) WriteFd(t, file->fd());
}

void List(const Trial& t) {
  auto reader = t.by.files->List(t.At());
  if (!t.Answer(reader.status())) return;
  fs::DirectoryReader::Entry entry;
  while (reader->Next(&entry)) {
    t.Tell(entry.name);
    t.Tell("\n");
  }
}

void MakeTemporary(const Trial& t) {
  const absl::string_view path = Trial::Text(t.a.path);
  const size_t slash = path.rfind('/');
  t.Answer(
      t.by.files
          ->CreateTempDirectory(path.substr(0, slash), path.substr(slash + 1))
          .status());
}

void RealPath(const Trial& t) {
  const auto file = t.by.files->Open(t.At(), fs::OpenIntent());
  if (t.Answer(file.status())) t.Tell(file->name());
}

void ReadLink(const Trial& t) {
  const auto target = t.by.files->Readlink(t.At());
  if (t.Answer(target.status())) t.Tell(*target);
}

bool TryLook(const Trial& t, absl::string_view op) {
  const fs::GuardedFs& files = *t.by.files;
  if (op == "fs.read") return Read(t), true;
  if (op == "fs.stat") return t.Answer(files.Stat(t.At()).status()), true;
  if (op == "fs.lstat") return t.Answer(files.Lstat(t.At()).status()), true;
  if (op == "fs.access") return t.Answer(files.Access(t.At(), F_OK)), true;
  if (op == "fs.list") return List(t), true;
  if (op == "fs.readlink") return ReadLink(t), true;
  if (op == "fs.realpath") return RealPath(t), true;
  if (op == "fs.watch") {
    return t.Answer(files.WatchPath(t.At(), IN_ALL_EVENTS).status()), true;
  }
  if (op == "fs.chdir") {
    return t.Answer(files.ChangeDirectory(t.At()).status()), true;
  }
  return false;
}

bool TryChange(const Trial& t, absl::string_view op) {
  const fs::GuardedFs& files = *t.by.files;
  const attempt& a = t.a;
  if (op == "fs.write") {
    return t.Answer(files.WriteFile(t.At(), Trial::Text(a.text))), true;
  }
  if (op == "fs.append") return WriteWith(t, true, false), true;
  if (op == "fs.create") return WriteWith(t, false, true), true;
  if (op == "fs.truncate")
    return t.Answer(files.Truncate(t.At(), a.size)), true;
  if (op == "fs.chmod") return t.Answer(files.Chmod(t.At(), a.mode)), true;
  if (op == "fs.chown") {
    return t.Answer(files.Chown(t.At(), a.user, a.group)), true;
  }
  if (op == "fs.utimes") {
    return t.Answer(files.SetTimes(t.At(), TimesOf(a).both)), true;
  }
  if (op == "fs.setxattr") {
    return t.Answer(files.SetXattr(t.At(), std::string(Trial::Text(a.name)),
                                   Trial::Text(a.value), 0)),
           true;
  }
  return false;
}

bool TryName(const Trial& t, absl::string_view op) {
  const fs::GuardedFs& files = *t.by.files;
  if (op == "fs.mkdir") return t.Answer(files.Mkdir(t.At(), 0755)), true;
  if (op == "fs.mkfifo") {
    return t.Answer(files.Mknod(t.At(), S_IFIFO | 0644, 0)), true;
  }
  if (op == "fs.mkdtemp") return MakeTemporary(t), true;
  if (op == "fs.rmdir") return t.Answer(files.Rmdir(t.At())), true;
  if (op == "fs.remove") return t.Answer(files.Unlink(t.At())), true;
  if (op == "fs.remove_tree") return t.Answer(files.RemoveAll(t.At())), true;
  if (op == "fs.rename") return t.Answer(files.Rename(t.At(), t.To())), true;
  if (op == "fs.link") return t.Answer(files.Link(t.At(), t.To())), true;
  if (op == "fs.copy") {
    return t.Answer(files.Copy(t.At(), t.To(), fs::GuardedFs::Replace::kYes)),
           true;
  }
  if (op == "fs.symlink") {
    return t.Answer(files.Symlink(Trial::Text(t.a.target), t.At())), true;
  }
  return false;
}

bool UseHandle(const Trial& t, absl::string_view op, const fs::Handle& file) {
  const attempt& a = t.a;
  if (op == "handle.read") return ReadFd(t, file.fd()), true;
  if (op == "handle.write") return WriteFd(t, file.fd()), true;
  if (op == "handle.stat") return t.Answer(file.Stat().status()), true;
  if (op == "handle.sync") return t.Answer(file.Sync()), true;
  if (op == "handle.chmod") return t.Answer(file.Chmod(a.mode)), true;
  if (op == "handle.chown") return t.Answer(file.Chown(a.user, a.group)), true;
  if (op == "handle.truncate") return t.Answer(file.Truncate(a.size)), true;
  if (op != "handle.utimes") return false;
  return t.Answer(file.SetTimes(TimesOf(a).both)), true;
}

}  // namespace

bool TryFile(const Trial& trial) {
  const absl::string_view op = Trial::Text(trial.a.op);
  return TryLook(trial, op) || TryChange(trial, op) || TryName(trial, op);
}

bool TryHandle(const Trial& trial) {
  const absl::string_view op = Trial::Text(trial.a.op);
  if (op.substr(0, 7) != "handle.") return false;
  fs::OpenIntent intent;
  if (trial.a.for_writing != 0) intent.access = fs::OpenIntent::Access::kWrite;
  const auto file = trial.by.files->Open(trial.At(), intent);
  if (!trial.Answer(file.status())) return true;
  if (trial.a.drop_when_opened != 0) trial.Drop();
  return UseHandle(trial, op, *file);
}
