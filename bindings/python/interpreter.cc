#include "bindings/python/interpreter.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "bindings/python/audit_hook.h"
#include "bindings/python/denial.h"
#include "bindings/python/frame.h"
#include "bindings/python/library_folder.h"
#include "bindings/python/names.h"
#include "bindings/python/open_flags.h"
#include "bindings/python/operations.h"
#include "bindings/python/postern_module.h"
#include "bindings/python/prelude.h"
#include "bindings/python/python.h"
#include "bindings/python/replace.h"

namespace postern {
namespace python {
namespace {

constexpr int kNotStarted = 125;  // as env(1)
constexpr int kMostOwnDescriptors = 1024;

int FailToStart(const char* why) {
  if (PyErr_Occurred() != nullptr) PyErr_Print();
  fprintf(stderr, "postern-python: %s\n", why);
  return kNotStarted;
}

PyStatus AddPath(PyConfig* config, const char* folder) {
  wchar_t* const text = Py_DecodeLocale(folder, nullptr);
  if (text == nullptr) return PyStatus_NoMemory();
  const PyStatus status =
      PyWideStringList_Append(&config->module_search_paths, text);
  PyMem_RawFree(text);
  return status;
}

PyStatus FillConfig(const std::string& program,
                    const std::vector<std::string>& words, PyConfig* config) {
  config->site_import = 0;
  config->write_bytecode = 0;
  config->parse_argv = 0;
  config->install_signal_handlers = 1;
  config->module_search_paths_set = 1;
  std::vector<char*> argv;
  for (const std::string& word : words) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  PyStatus status = PyConfig_SetBytesArgv(
      config, static_cast<Py_ssize_t>(argv.size()), argv.data());
  if (PyStatus_Exception(status) == 0) {
    status =
        PyConfig_SetBytesString(config, &config->executable, program.c_str());
  }
  if (PyStatus_Exception(status) == 0) status = AddPath(config, kLibraryFolder);
  if (PyStatus_Exception(status) == 0) status = AddPath(config, kModulesFolder);
  return status;
}

bool Initialize(const std::string& program,
                const std::vector<std::string>& words) {
  PyPreConfig before;
  PyPreConfig_InitIsolatedConfig(&before);
  before.utf8_mode = 1;
  if (PyStatus_Exception(Py_PreInitialize(&before)) != 0) return false;
  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  PyStatus status = FillConfig(program, words, &config);
  if (PyStatus_Exception(status) == 0)
    status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  return PyStatus_Exception(status) == 0;
}

// The bytes of the script, as the guest may read it; none with the error set.
Ref ReadScript(const Name& name) {
  const int fd = OpenGuarded(name, O_RDONLY, 0);
  if (fd < 0) return Ref();
  std::string text;
  const bool read = ReadAll(fd, SIZE_MAX, &text);
  close(fd);
  if (!read) {
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, name.given.get());
    return Ref();
  }
  if (text.find('\0') != std::string::npos) {
    PyErr_SetString(PyExc_SyntaxError, "source code cannot contain null bytes");
    return Ref();
  }
  return Ref(PyBytes_FromStringAndSize(text.data(),
                                       static_cast<Py_ssize_t>(text.size())));
}

// Modules beside the script are found as they are by python(1).
bool SetPlace(const Name& name, PyObject* main) {
  const Ref file(TextOf(name.path));
  const Ref folder(TextOf(name.path.substr(0, name.path.rfind('/'))));
  PyObject* const path = PySys_GetObject("path");
  return file && folder && path != nullptr &&
         PyList_Insert(path, 0, folder.get()) == 0 &&
         PyObject_SetAttrString(main, "__file__", file.get()) == 0;
}

Ref Run(const std::string& script) {
  PyObject* const main = PyImport_AddModule("__main__");
  const Ref given(TextOf(script));
  Name name;
  if (main == nullptr || !given ||
      !ReadName(given.get(), Takes::kPath, nullptr, &name) ||
      !SetPlace(name, main)) {
    return Ref();
  }
  const Ref text = ReadScript(name);
  const Ref code(text ? Py_CompileStringExFlags(PyBytes_AS_STRING(text.get()),
                                                name.path.c_str(),
                                                Py_file_input, nullptr, -1)
                      : nullptr);
  PyObject* const dict = PyModule_GetDict(main);
  return Ref(code ? PyEval_EvalCode(code.get(), dict, dict) : nullptr);
}

// All that are open but the standard ones: those of the library, which it makes
// when they are first needed, among them.
void KeepDescriptors(Guest* guest) {
  const std::string folder = kLibraryFolder;
  const std::string around =
      folder + "/../" + folder.substr(folder.rfind('/') + 1);
  int32_t fd = -1;
  (void)postern_files_open(guest->files, around.data(), around.size(),
                           POSTERN_OPEN_READ, 0, &fd, nullptr, nullptr);
  if (fd >= 0) close(fd);
  for (int one = STDERR_FILENO + 1; one < kMostOwnDescriptors; ++one) {
    if (fcntl(one, F_GETFD) >= 0) guest->own_descriptors.push_back(one);
  }
}

// Modules and types that are looked up once, before a guest can put others in
// their place.
bool Prepare() {
  return MakePrelude() && RememberOwnCode() && RememberStatResult() &&
         GuardBuiltins();
}

}  // namespace

int RunScript(Guest* guest, const std::string& program,
              const std::vector<std::string>& words) {
  guest->names_without_row = &NamesWithoutRow;
  guest->forget_variables = &ForgetVariables;
  SetGuest(guest);
  if (!AddAuditHook() ||
      PyImport_AppendInittab("postern", &PyInit__postern) != 0) {
    return FailToStart("no memory");
  }
  if (!Initialize(program, words)) {
    return FailToStart("the interpreter did not start");
  }
  if (!Prepare()) return FailToStart("the interpreter could not be guarded");
  KeepDescriptors(guest);
  StartGuarding();
  const Ref done = Run(words[0]);
  int status = 0;
  if (!done) {
    PyErr_Print();  // leaves by the status of a SystemExit
    status = 1;
  }
  return Py_FinalizeEx() == 0 ? status : 120;
}

}  // namespace python
}  // namespace postern
