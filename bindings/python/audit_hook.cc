#include "bindings/python/audit_hook.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "bindings/python/call.h"
#include "bindings/python/denial.h"
#include "bindings/python/frame.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/open_flags.h"
#include "bindings/python/place.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {
namespace {

// Forced by the runtime: there is one hook for the process, and no removing it.
bool guarding = false;

struct EventRow {
  Event event;
  const char* names;  // separated by spaces; "x.*" for all others that begin so
};

// Of CPython 3.11, those of its library included.
constexpr EventRow kEvents[] = {
    {Event::kOpen, "open"},
    {Event::kEvaluate, "compile exec"},
    {Event::kMakeCode, "code.__new__"},
    {Event::kLibrary, "ctypes.dlopen"},
    {Event::kRefused, "setopencodehook cpython.PyInterpreterState_New"},
    // Raised by functions that operations.h replaced, after the decision.
    {Event::kExpected,
     "os.fork os.forkpty os.posix_spawn os.kill os.killpg os.putenv "
     "os.chmod os.chown os.unsetenv resource.prlimit socket.connect "
     "socket.bind socket.sendto "
     "socket.sendmsg socket.getaddrinfo socket.gethostbyaddr "
     "socket.getnameinfo socket.gethostname sqlite3.connect "
     "sqlite3.enable_load_extension sqlite3.load_extension"},
    // Before the functions of the interpreter's library act, in Python.
    {Event::kPass,
     "ensurepip.bootstrap ftplib.* glob.glob glob.glob/2 http.client.* "
     "imaplib.* nntplib.* os.fwalk os.walk pathlib.Path.* pdb.Pdb poplib.* "
     "pty.spawn shutil.* smtplib.* subprocess.Popen telnetlib.* tempfile.* "
     "urllib.Request webbrowser.open"},
    // Inside the process, or on what is open (os.truncate is ftruncate()).
    {Event::kPass,
     "os.truncate "
     "array.__new__ builtins.breakpoint builtins.id builtins.input "
     "builtins.input/result cpython._PySys_ClearAuditHooks "
     "cpython.PyInterpreterState_Clear cpython.run_* fcntl.* "
     "function.__new__ gc.* import marshal.* mmap.__new__ "
     "object.__delattr__ object.__getattr__ object.__setattr__ "
     "pickle.find_class resource.setrlimit signal.pthread_kill "
     "socket.__new__ socket.getservbyname socket.getservbyport "
     "sqlite3.connect/handle sys._current_exceptions sys._current_frames "
     "sys._getframe sys.addaudithook sys.excepthook "
     "sys.set_asyncgen_hook* sys.set_asyncgen_hooks_finalizer "
     "sys.set_asyncgen_hooks_firstiter "
     "_thread.start_new_thread sys.setprofile sys.settrace sys.unraisablehook "
     "syslog.closelog "
     "syslog.setlogmask time.sleep os.lockf os.add_dll_directory "
     "_posixsubprocess.fork_exec ctypes.*"},
};

// The rows by name: an event is told for every id(), getattr() of a function
// and the like, so that it is looked up and not looked for.
class EventTable {
 public:
  EventTable() {
    for (const EventRow& row : kEvents) {
      for (absl::string_view one : absl::StrSplit(row.names, ' ')) {
        if (absl::ConsumeSuffix(&one, "*")) {
          beginnings_.emplace_back(one, row.event);
        } else {
          names_.emplace(one, row.event);
        }
      }
    }
  }
  Event Find(absl::string_view name) const {
    const auto found = names_.find(name);
    if (found != names_.end()) return found->second;
    for (const auto& one : beginnings_) {
      if (absl::StartsWith(name, one.first)) return one.second;
    }
    return Event::kUnknown;
  }

 private:
  absl::flat_hash_map<absl::string_view, Event> names_;
  std::vector<std::pair<absl::string_view, Event>> beginnings_;
};

bool FromName(PyObject* text, Takes takes, Name* name) {
  return ReadName(text, takes, nullptr, name);
}

// A file that the interpreter's C code opens by name. What is for reading is
// opened once to see where it leads.
bool MayOpenFile(PyObject* args) {
  PyObject* file = nullptr;
  PyObject* mode = nullptr;
  int flags = 0;
  Name name;
  std::string path;
  if (PyArg_ParseTuple(args, "OOi", &file, &mode, &flags) == 0 ||
      !FromName(file, Takes::kPathOrDescriptor, &name)) {
    return false;
  }
  if (name.descriptor >= 0) return true;
  const char* const letters =
      PyUnicode_Check(mode) != 0 ? PyUnicode_AsUTF8(mode) : "";
  if (letters == nullptr) return false;
  const bool writes = strpbrk(letters, "wax+") != nullptr ||
                      (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0;
  if (writes) return DecidePlace(name, {""}, true, &path);
  const int fd = OpenGuarded(name, O_RDONLY, 0);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

bool MayLoadLibrary(PyObject* args) {
  PyObject* const library =
      PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : Py_None;
  // The program itself, which importing ctypes opens: whoever was granted to
  // load _ctypes calls it anyway.
  if (library == Py_None) return true;
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(library, &bytes) == 0) return false;
  const Ref owned(bytes);
  return EnforceText(POSTERN_CODE_LOAD, POSTERN_FORM_PATH,
                     PyBytes_AS_STRING(bytes), library);
}

bool Decide(const char* name, PyObject* args) {
  switch (EventNamed(name)) {
    case Event::kPass:
      return true;
    case Event::kExpected:
      break;
    case Event::kOpen:
      return MayOpenFile(args);
    case Event::kEvaluate:
      return MayEvaluate();
    case Event::kMakeCode:
      return MayMakeCode();
    case Event::kLibrary:
      return MayLoadLibrary(args);
    case Event::kRefused:
    case Event::kUnknown:
      break;
  }
  if (Expected::Take(name)) return true;
  const Ref text(TextOf(name));
  (void)RaiseRefusal("unknown", text.get(), "this event is not known here");
  return false;
}

int Hook(const char* name, PyObject* args, void*) {
  return !guarding || Decide(name, args) ? 0 : -1;
}

}  // namespace

Event EventNamed(absl::string_view name) {
  // Of the process, as the hook is, and there until it ends.
  static const auto* const table = new EventTable;
  return table->Find(name);
}

bool AddAuditHook() { return PySys_AddAuditHook(&Hook, nullptr) == 0; }

void StartGuarding() { guarding = true; }

}  // namespace python
}  // namespace postern
