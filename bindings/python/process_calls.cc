#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "bindings/python/command.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/open_flags.h"
#include "bindings/python/operations.h"
#include "bindings/python/prelude.h"

namespace postern {
namespace python {
namespace {

// A program with a "/" starts from `folder`, as the kernel would take it.
std::string FromFolder(const std::string& program, const std::string& folder) {
  if (absl::StartsWith(program, "/") || !absl::StrContains(program, '/')) {
    return program;
  }
  char here[PATH_MAX];
  if (!folder.empty()) return absl::StrCat(folder, "/", program);
  return getcwd(here, sizeof(here)) == nullptr
             ? program
             : absl::StrCat(here, "/", program);
}

// Of the words that a guest gave, its own name for the program is left out.
void SetWords(const std::vector<std::string>& words, Request* request) {
  if (!words.empty()) {
    request->arguments.assign(words.begin() + 1, words.end());
  }
}

// The names that a bare one stands for along PATH, as os.get_exec_path() has
// it.
std::vector<std::string> AlongPath(
    const std::string& program, const std::vector<std::string>& environment) {
  if (absl::StrContains(program, '/')) return {FromFolder(program, "")};
  std::vector<std::string> names;
  absl::string_view path = "/usr/bin:/bin";
  for (const std::string& one : environment) {
    if (absl::StartsWith(one, "PATH=")) path = absl::string_view(one).substr(5);
  }
  for (const absl::string_view folder : absl::StrSplit(path, ':')) {
    if (absl::StartsWith(folder, "/")) {
      names.push_back(absl::StrCat(folder, "/", program));
    }
  }
  return names;
}

// Positions in the arguments of _posixsubprocess.fork_exec().
enum { kArguments = 0, kPrograms = 1, kFolder = 4, kVariables = 5 };
constexpr Py_ssize_t kForkExecArguments = 23;

bool ReadForkExec(const Call& call, std::vector<std::string>* programs,
                  Request* request) {
  std::vector<std::string> words;
  if (!ReadStrings(call.args[kArguments], &words) ||
      !ReadStrings(call.args[kPrograms], programs)) {
    return false;
  }
  SetWords(words, request);
  if (call.args[kFolder] != Py_None) {
    Name folder;
    if (!ReadName(call.args[kFolder], Takes::kPath, nullptr, &folder)) {
      return false;
    }
    request->directory = folder.path;
  }
  for (std::string& one : *programs) one = FromFolder(one, request->directory);
  if (call.args[kVariables] == Py_None) {
    request->environment = OwnEnvironment();
    return true;
  }
  return ReadStrings(call.args[kVariables], &request->environment);
}

// What posix_spawn's actions open is opened here, and handed on as a duplicate.
class Actions {
 public:
  ~Actions() {
    for (const int fd : opened_) close(fd);
  }
  // Null with the error set.
  PyObject* Read(PyObject* given) {
    const Ref items(PySequence_Tuple(given));
    Ref out(items ? PyList_New(0) : nullptr);
    for (Py_ssize_t i = 0; out && i < PyTuple_GET_SIZE(items.get()); ++i) {
      const Ref one(ReadOne(PyTuple_GET_ITEM(items.get(), i)));
      if (!one || PyList_Append(out.get(), one.get()) != 0) return nullptr;
    }
    return out.Release();
  }

 private:
  static constexpr long kOpen = 0, kDuplicate = 2;  // POSIX_SPAWN_...

  PyObject* ReadOne(PyObject* given) {
    Ref action(PySequence_Tuple(given));
    if (!action || PyTuple_GET_SIZE(action.get()) != 5) return action.Release();
    const Ref kind(PyNumber_Index(PyTuple_GET_ITEM(action.get(), 0)));
    const long number = kind ? PyLong_AsLong(kind.get()) : -1;
    if (PyErr_Occurred() != nullptr) return nullptr;
    if (number != kOpen) {
      PyErr_SetString(PyExc_TypeError, "only an action that opens has 5 parts");
      return nullptr;
    }
    Name name;
    uint32_t flags = 0, mode = 0;
    if (!ReadUint32(PyTuple_GET_ITEM(action.get(), 3), &flags) ||
        !ReadUint32(PyTuple_GET_ITEM(action.get(), 4), &mode) ||
        !ReadName(PyTuple_GET_ITEM(action.get(), 2), Takes::kPath, nullptr,
                  &name)) {
      return nullptr;
    }
    const int fd = OpenGuarded(name, static_cast<int>(flags), mode & 07777);
    if (fd < 0) return nullptr;
    opened_.push_back(fd);
    return Py_BuildValue("(liO)", kDuplicate, fd,
                         PyTuple_GET_ITEM(action.get(), 1));
  }

  std::vector<int> opened_;
};

Ref EnvironmentDict(const std::vector<std::string>& variables) {
  Ref dict(PyDict_New());
  for (const std::string& one : variables) {
    const size_t at = one.find('=');
    const Ref name(
        PyBytes_FromStringAndSize(one.data(), static_cast<Py_ssize_t>(at)));
    const Ref value(PyBytes_FromString(one.c_str() + at + 1));
    if (!dict || !name || !value ||
        PyDict_SetItem(dict.get(), name.get(), value.get()) != 0) {
      return Ref();
    }
  }
  return dict;
}

std::vector<char*> Pointers(std::vector<std::string>* items) {
  std::vector<char*> out;
  for (std::string& item : *items) out.push_back(&item[0]);
  out.push_back(nullptr);
  return out;
}

PyObject* RunShell(const Command& command, const Request& request) {
  std::vector<std::string> arguments = command.Arguments();
  std::vector<std::string> environment =
      command.Environment(request.environment);
  const std::string program = command.Program();
  pid_t pid = -1;
  int status = 0;
  const int failed =
      posix_spawn(&pid, program.c_str(), nullptr, nullptr,
                  Pointers(&arguments).data(), Pointers(&environment).data());
  if (failed != 0) {
    errno = failed;
    return PyErr_SetFromErrno(PyExc_OSError);
  }
  PyThreadState* const state = PyEval_SaveThread();
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  PyEval_RestoreThread(state);
  return PyLong_FromLong(status);
}

}  // namespace

PyObject* ForkExec(const Call& call) {
  Request request;
  Command command;
  std::vector<std::string> programs;
  if (call.count != kForkExecArguments || call.names != nullptr) {
    return RaiseRefusal("process.spawn", nullptr,
                        "fork_exec() of another kind");
  }
  if (!ReadForkExec(call, &programs, &request)) return nullptr;
  PyObject* const first = call.args[kPrograms];
  const Ref shown(PySequence_Size(first) > 0 ? PySequence_GetItem(first, 0)
                                             : nullptr);
  PyErr_Clear();
  if (!command.Prepare(programs, request, shown.get())) return nullptr;
  const Ref words(BytesTuple(command.Arguments()));
  const Ref program(BytesTuple({command.Program()}));
  const Ref variables(BytesTuple(command.Environment(request.environment)));
  const std::string folder = command.Directory();
  const Ref place(request.directory.empty()
                      ? Ref::Share(Py_None).Release()
                      : PyBytes_FromString(folder.c_str()));
  if (!words || !program || !variables || !place) return nullptr;
  std::vector<PyObject*> args(call.args, call.args + call.count);
  args[kArguments] = words.get();
  args[kPrograms] = program.get();
  args[kFolder] = place.get();
  args[kVariables] = variables.get();
  return call.OriginalWith(args);
}

PyObject* PosixSpawn(const Call& call) {
  Request request;
  Command command;
  std::vector<std::string> words;
  if (call.count != 3) return call.Original();  // a TypeError
  Name name;
  PyObject* path = nullptr;
  if (PyUnicode_FSConverter(call.args[0], &path) == 0) return nullptr;
  const Ref owned(path);
  const std::string program = PyBytes_AS_STRING(path);
  if (!ReadStrings(call.args[1], &words) ||
      !ReadEnvironment(call.args[2], &request.environment)) {
    return nullptr;
  }
  SetWords(words, &request);
  // posix_spawnp() looks along PATH.
  const std::vector<std::string> names =
      *call.row().detail != '\0'
          ? AlongPath(program, OwnEnvironment())
          : std::vector<std::string>{FromFolder(
                absl::StrContains(program, '/') ? program
                                                : absl::StrCat("./", program),
                "")};
  if (!command.Prepare(names, request, call.args[0])) return nullptr;
  const Ref executable(PyBytes_FromString(command.Program().c_str()));
  const Ref arguments(BytesTuple(command.Arguments()));
  const Ref variables =
      EnvironmentDict(command.Environment(request.environment));
  if (!executable || !arguments || !variables) return nullptr;
  Actions actions;
  std::vector<PyObject*> args = {executable.get(), arguments.get(),
                                 variables.get()};
  std::vector<Ref> kept;
  const Py_ssize_t named =
      call.names == nullptr ? 0 : PyTuple_GET_SIZE(call.names);
  for (Py_ssize_t i = 0; i < named; ++i) {
    PyObject* value = call.args[call.count + i];
    if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(call.names, i),
                                         "file_actions") == 0 &&
        value != Py_None) {
      kept.emplace_back(actions.Read(value));
      value = kept.back().get();
      if (value == nullptr) return nullptr;
    }
    args.push_back(value);
  }
  const Expected expected("os.posix_spawn");
  Call changed = call;
  changed.args = args.data();
  return changed.Original();
}

PyObject* Execute(const Call& call) {
  const bool with_environment = *call.row().detail != '\0';
  static constexpr Parameters kExecv = {{"path", "argv"}, 2, 2};
  static constexpr Parameters kExecve = {{"path", "argv", "env"}, 3, 3};
  Bound bound;
  Name name;
  Request request;
  Command command;
  std::vector<std::string> words;
  if (!Bind(call, with_environment ? kExecve : kExecv, &bound) ||
      !ReadName(bound[0], Takes::kPathOrDescriptor, nullptr, &name) ||
      !ReadStrings(bound[1], &words) ||
      !ReadEnvironment(bound[2], &request.environment)) {
    return nullptr;
  }
  if (name.descriptor >= 0) {
    return RaiseRefusal("process.spawn", name.given.get(),
                        "a program is started by its name");
  }
  SetWords(words, &request);
  if (!command.Prepare({name.path}, request, name.given.get())) return nullptr;
  std::vector<std::string> arguments = command.Arguments();
  std::vector<std::string> environment =
      command.Environment(request.environment);
  execve(command.Program().c_str(), Pointers(&arguments).data(),
         Pointers(&environment).data());
  return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, name.given.get());
}

PyObject* System(const Call& call) {
  static constexpr Parameters kSystem = {{"command"}, 1, 1};
  Bound bound;
  PyObject* text = nullptr;
  if (!Bind(call, kSystem, &bound) ||
      PyUnicode_FSConverter(bound[0], &text) == 0) {
    return nullptr;
  }
  const Ref owned(text);
  Request request;
  Command command;
  request.arguments = {"-c", PyBytes_AS_STRING(text)};
  request.environment = OwnEnvironment();
  if (!command.Prepare({"/bin/sh"}, request, bound[0])) return nullptr;
  return RunShell(command, request);
}

PyObject* Fork(const Call& call) {
  if (!EnforceWhole(POSTERN_THREAD_CREATE)) return nullptr;
  const Expected expected(call.row().detail);
  return call.Original();
}

namespace {

// Whose process it is, as rules name it. A number may be another's soon, but a
// child's stays until it was waited for (waitid(2), WNOWAIT).
const char* WhoseProcess(idtype_t kind, long id) {
  if (kind == P_PID && id == getpid()) return "@self";
  siginfo_t info;
  const int options = WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT;
  const bool is_child =
      id > 0 && waitid(kind, static_cast<id_t>(id), &info, options) == 0;
  return is_child ? "@children" : "@others";
}

bool MaySignal(idtype_t kind, long id, PyObject* shown) {
  return EnforceText(POSTERN_PROCESS_SIGNAL, POSTERN_FORM_NAME,
                     WhoseProcess(kind, id), shown);
}

bool ReadTwo(const Call& call, long* id, Ref* first, Ref* second) {
  if (call.count != 2) {
    PyErr_SetString(PyExc_TypeError, "expected a process and a signal");
    return false;
  }
  *first = Ref(PyNumber_Index(call.args[0]));
  *second = Ref(PyNumber_Index(call.args[1]));
  if (!*first || !*second) return false;
  *id = PyLong_AsLong(first->get());
  return *id != -1 || PyErr_Occurred() == nullptr;
}

}  // namespace

PyObject* Kill(const Call& call) {
  long id = 0;
  Ref first, second;
  if (!ReadTwo(call, &id, &first, &second)) return nullptr;
  // 0 is the own group, and less are groups (kill(2)).
  const idtype_t kind = id > 0 ? P_PID : P_PGID;
  if (!MaySignal(kind, id > 0 ? id : -id, first.get())) return nullptr;
  const Expected expected("os.kill");
  return call.OriginalWith({first.get(), second.get()});
}

PyObject* KillGroup(const Call& call) {
  long id = 0;
  Ref first, second;
  if (!ReadTwo(call, &id, &first, &second) ||
      !MaySignal(P_PGID, id, first.get())) {
    return nullptr;
  }
  const Expected expected("os.killpg");
  return call.OriginalWith({first.get(), second.get()});
}

PyObject* SignalDescriptor(const Call& call) {
  int descriptor = -1;
  if (call.count < 2) return call.Original();  // a TypeError
  if (!ReadDescriptor(call.args[0], &descriptor)) return nullptr;
  std::ifstream file(absl::StrCat("/proc/self/fdinfo/", descriptor));
  std::string line;
  long id = -1;
  while (std::getline(file, line)) {
    absl::string_view text = line;
    if (absl::ConsumePrefix(&text, "Pid:")) (void)absl::SimpleAtoi(text, &id);
  }
  const Ref number(PyLong_FromLong(descriptor));
  if (!number || !MaySignal(P_PID, id, number.get())) return nullptr;
  return call.OriginalBut(0, number.get());
}

bool ForgetVariables() {
  const Ref forget(PreludeFunction("forget"));
  for (const std::string& variable : OwnEnvironment()) {
    if (variable == kNoHome) continue;
    const std::string name = variable.substr(0, variable.find('='));
    if (MayReadVariable(TheGuest()->context, name)) continue;
    (void)unsetenv(name.c_str());
    const Ref bytes(PyBytes_FromString(name.c_str()));
    const Ref done(bytes && forget
                       ? PyObject_CallOneArg(forget.get(), bytes.get())
                       : nullptr);
    if (!done) return false;
  }
  return true;
}

PyObject* SetVariable(const Call& call) {
  PyObject* name = nullptr;
  if (call.count < 1) return call.Original();  // a TypeError
  if (PyUnicode_FSConverter(call.args[0], &name) == 0) return nullptr;
  const Ref owned(name);
  PyObject* value = nullptr;
  if (call.count > 1 && PyUnicode_FSConverter(call.args[1], &value) == 0) {
    return nullptr;
  }
  const Ref second(value);
  if (!EnforceText(POSTERN_ENV_WRITE, POSTERN_FORM_NAME,
                   {PyBytes_AS_STRING(name),
                    static_cast<size_t>(PyBytes_GET_SIZE(name))})) {
    return nullptr;
  }
  const Expected expected(call.row().detail);
  if (value == nullptr) return call.OriginalWith({name});
  return call.OriginalWith({name, value});
}

// Of another process it is asked for as a signal is.
PyObject* ChangePriority(const Call& call) {
  if (call.count < 1 || call.names != nullptr) {
    PyErr_SetString(PyExc_TypeError, "the process is given by position");
    return nullptr;
  }
  const bool has_kind = *call.row().detail == '2' && call.count > 1;
  std::vector<PyObject*> args(call.args, call.args + call.count);
  const Ref first(PyNumber_Index(args[0]));
  const Ref second(has_kind ? PyNumber_Index(args[1]) : nullptr);
  if (PyErr_Occurred() != nullptr) return nullptr;
  args[0] = first.get();
  if (has_kind) args[1] = second.get();
  long kind = PRIO_PROCESS;
  if (has_kind) kind = PyLong_AsLong(first.get());
  const long id = PyLong_AsLong(has_kind ? second.get() : first.get());
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (!EnforceText(POSTERN_SYS_INFO, POSTERN_FORM_NAME, "setPriority")) {
    return nullptr;
  }
  // 0 is the caller, unless groups and users are meant.
  const bool others = kind != PRIO_PROCESS || id != 0;
  const long whose = kind == PRIO_PROCESS ? id : -1;
  const Ref shown(PyLong_FromLong(id));
  if (others && !MaySignal(P_PID, whose, shown.get())) return nullptr;
  return call.OriginalWith(args);
}

PyObject* LimitProcess(const Call& call) {
  if (call.count < 1) return call.Original();
  const Ref number(PyNumber_Index(call.args[0]));
  const long id = number ? PyLong_AsLong(number.get()) : -1;
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (id != 0 && !MaySignal(P_PID, id, number.get())) return nullptr;
  const Expected expected("resource.prlimit");
  return call.OriginalBut(0, number.get());
}

namespace {

// What sysconf(3) tells beyond constants; null for these.
const char* FactOf(long name) {
  switch (name) {
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
      return "cpus";
    case _SC_PHYS_PAGES:
    case _SC_AVPHYS_PAGES:
      return "systemMemoryInfo";
    default:
      return nullptr;
  }
}

// By number, or by the name that os.sysconf_names has.
const char* FactOfArgument(PyObject* given) {
  if (PyLong_CheckExact(given) != 0) {
    const long name = PyLong_AsLong(given);
    PyErr_Clear();
    return FactOf(name);
  }
  if (PyUnicode_Check(given) == 0) return "systemMemoryInfo";
  for (const char* const name :
       {"SC_NPROCESSORS_CONF", "SC_NPROCESSORS_ONLN"}) {
    if (PyUnicode_CompareWithASCIIString(given, name) == 0) return "cpus";
  }
  for (const char* const name : {"SC_PHYS_PAGES", "SC_AVPHYS_PAGES"}) {
    if (PyUnicode_CompareWithASCIIString(given, name) == 0) {
      return "systemMemoryInfo";
    }
  }
  return nullptr;
}

}  // namespace

PyObject* SystemFact(const Call& call) {
  if (call.count != 1) return call.Original();
  // Of subclasses of str the text counts.
  const Ref name(PyUnicode_Check(call.args[0]) != 0
                     ? PyUnicode_FromObject(call.args[0])
                     : PyNumber_Index(call.args[0]));
  if (!name) return nullptr;
  const char* const fact = FactOfArgument(name.get());
  if (fact != nullptr &&
      !EnforceText(POSTERN_SYS_INFO, POSTERN_FORM_NAME, fact)) {
    return nullptr;
  }
  return call.OriginalWith({name.get()});
}

}  // namespace python
}  // namespace postern
