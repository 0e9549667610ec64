#include "bindings/python/operations.h"

#include "absl/strings/str_split.h"
#include "bindings/python/file_object.h"
#include "bindings/python/semaphore_object.h"
#include "bindings/python/socket_object.h"
#include "bindings/python/sqlite_object.h"

namespace postern {
namespace python {
namespace {

constexpr char kAnotherUser[] = "a guest becomes nobody else";
constexpr char kNoClock[] = "the clock is not a guest's";

// CPython 3.11's functions of the system. What acts on descriptors that are
// open acts on what was decided when they were opened.
constexpr Row kPosix[] = {
    {"open", &OpenDescriptor},
    {"listdir", &ListDirectory},
    {"scandir", &ScanDirectory},
    {"readlink", &ReadLink},
    {"chdir fchdir", &ChangeDirectory},
    {"statvfs pathconf", &OnOpened},
    {"stat", &Stat},
    {"lstat", &StatLink},
    {"fstat", &StatDescriptor},
    {"access", &Access},
    {"chmod", &ChangeMode},
    {"fchmod", &ChangeMode, "by descriptor"},
    {"chown", &ChangeOwner},
    {"fchown", &ChangeOwner, "by descriptor"},
    {"lchown", &ChangeLinkOwner},
    {"utime", &ChangeTimes},
    {"truncate", &Truncate},
    {"getxattr", &GetAttribute},
    {"setxattr", &SetAttribute},
    {"removexattr", &RemoveAttribute},
    {"listxattr", &ListAttributes},
    {"remove unlink", &Remove},
    {"rmdir", &RemoveDirectory},
    {"mkdir", &MakeDirectory},
    {"mkfifo", &MakeFifo},
    {"mknod", &MakeNode},
    {"rename replace", &Rename},
    {"link", &Link},
    {"symlink", &Symlink},
    {"posix_spawn", &PosixSpawn},
    {"posix_spawnp", &PosixSpawn, "along PATH"},
    {"execv", &Execute},
    {"execve", &Execute, "with environment"},
    {"system", &System},
    {"fork", &Fork, "os.fork"},
    {"forkpty", &Fork, "os.forkpty"},
    {"kill", &Kill},
    {"killpg", &KillGroup},
    {"putenv", &SetVariable, "os.putenv"},
    {"unsetenv", &SetVariable, "os.unsetenv"},
    {"sysconf", &SystemFact},
    {"cpu_count", &AskFact, "cpus"},
    {"getloadavg", &AskFact, "loadavg"},
    {"uname", &AskFact, "osRelease"},
    {"getuid geteuid getresuid", &AskFact, "uid"},
    {"getgid getegid getresgid getgroups getgrouplist", &AskFact, "gid"},
    {"getlogin", &AskFact, "username"},
    {"getpriority sched_getparam sched_getscheduler sched_rr_get_interval",
     &AskFact, "getPriority"},
    {"nice", &AskFact, "setPriority"},
    {"sched_setaffinity sched_setparam sched_setscheduler", &ChangePriority,
     "1"},
    {"setpriority", &ChangePriority, "2"},
    {"setuid seteuid setreuid setresuid setgid setegid setregid setresgid "
     "setgroups initgroups chroot login_tty",
     &Refuse, kAnotherUser},
    {"WCOREDUMP WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED "
     "WSTOPSIG WTERMSIG waitstatus_to_exitcode major makedev minor fspath "
     "_path_normpath strerror confstr",
     nullptr},
    {"close dup set_inheritable set_blocking", &OnDescriptors, "1"},
    {"dup2", &OnDescriptors, "2"},
    {"closerange", &CloseRange},
    {"copy_file_range device_encoding eventfd "
     "eventfd_read eventfd_write fdatasync fpathconf fstatvfs fsync "
     "ftruncate get_blocking get_inheritable get_terminal_size isatty lockf "
     "lseek openpty pipe pipe2 posix_fadvise posix_fallocate pread preadv "
     "pwrite pwritev read readv sendfile splice "
     "tcgetpgrp tcsetpgrp ttyname write writev memfd_create",
     nullptr},
    {"_exit abort ctermid getcwd getcwdb getpgid getpgrp getpid getppid "
     "getrandom getsid pidfd_open register_at_fork sched_get_priority_max "
     "sched_get_priority_min sched_getaffinity sched_yield "
     "setpgid setpgrp setsid sync times umask urandom wait wait3 wait4 waitid "
     "waitpid",
     nullptr},
};

constexpr Row kSocketModule[] = {
    {"getaddrinfo", &GetAddressInfo},
    {"gethostbyname", &GetHostByName},
    {"gethostbyname_ex", &GetHostByNameEx},
    {"gethostbyaddr", &GetHostByAddress},
    {"getnameinfo", &GetNameInfo},
    {"gethostname", &AskFact, "hostname"},
    {"if_nameindex if_nametoindex if_indextoname", &AskFact,
     "networkInterfaces"},
    {"sethostname", &Refuse, "the machine's name is not a guest's"},
    {"close dup", &OnDescriptors, "1"},
    {"CMSG_LEN CMSG_SPACE getdefaulttimeout getprotobyname "
     "getservbyname getservbyport htonl htons inet_aton inet_ntoa inet_ntop "
     "inet_pton ntohl ntohs setdefaulttimeout socketpair",
     nullptr},
};

constexpr Row kSocket[] = {
    {"connect", &Connect},
    {"connect_ex", &Connect, "as a number"},
    {"bind", &BindSocket},
    {"listen", &Listen},
    {"sendto", &SendTo},
    {"sendmsg", &SendMessage},
    {"sendmsg_afalg", &Refuse, "no rule can speak of this kind of socket"},
    {"_accept close detach fileno getblocking getpeername getsockname "
     "getsockopt gettimeout recv recv_into recvfrom recvfrom_into recvmsg "
     "recvmsg_into send sendall setblocking setsockopt settimeout shutdown",
     nullptr},
};

constexpr Row kImports[] = {
    {"create_dynamic", &CreateDynamic},
    {"exec_dynamic", &ExecDynamic},
    {"_fix_co_filename", &NameCode},
    {"get_frozen_object", &MakeFrozen},
    {"_frozen_module_names "
     "_override_frozen_modules_for_tests acquire_lock create_builtin "
     "exec_builtin extension_suffixes find_frozen "
     "init_frozen is_builtin is_frozen is_frozen_package lock_held "
     "release_lock source_hash",
     nullptr},
};

constexpr Row kForking[] = {{"fork_exec", &ForkExec}};

constexpr Row kSignals[] = {
    {"pidfd_send_signal", &SignalDescriptor},
    {"alarm default_int_handler getitimer getsignal pause pthread_kill "
     "pthread_sigmask raise_signal set_wakeup_fd setitimer siginterrupt signal "
     "sigpending sigtimedwait sigwait sigwaitinfo strsignal valid_signals",
     nullptr},
};

constexpr Row kTime[] = {
    {"clock_settime clock_settime_ns", &Refuse, kNoClock},
    {"asctime clock_getres clock_gettime clock_gettime_ns ctime get_clock_info "
     "gmtime localtime mktime monotonic monotonic_ns perf_counter "
     "perf_counter_ns process_time process_time_ns pthread_getcpuclockid sleep "
     "strftime strptime thread_time thread_time_ns time time_ns tzset",
     nullptr},
};

constexpr Row kWaiting[] = {{"poll select", nullptr}};
constexpr Row kEpoll[] = {
    // It closes what it was made of.
    {"fromfd", &OnDescriptors, "1"},
    {"close fileno modify poll register unregister", nullptr}};
constexpr Row kControl[] = {{"ioctl", &ControlDevice},
                            {"fcntl", &ControlDescriptor},
                            {"flock lockf", nullptr}};
constexpr Row kUsers[] = {{"getpwall getpwnam getpwuid", &AskFact, "userInfo"}};
constexpr Row kGroups[] = {
    {"getgrall getgrgid getgrnam", &AskFact, "userInfo"}};
constexpr Row kShadow[] = {{"getspall getspnam", &ReadSecrets, "/etc/shadow"}};
constexpr Row kSystemLog[] = {
    {"openlog syslog", &Refuse, "the system's log is not a guest's"},
    {"LOG_MASK LOG_UPTO closelog setlogmask", nullptr},
};
constexpr Row kMarshal[] = {{"loads", &LoadBytecode},
                            {"load", &AskWhole, "code.eval"},
                            {"dump dumps", nullptr}};
constexpr Row kResources[] = {
    {"prlimit", &LimitProcess},
    {"getpagesize getrlimit getrusage setrlimit", nullptr},
};
constexpr Row kReadline[] = {
    {"read_history_file", &ReadByName},
    {"read_init_file", &ReadSettings},
    {"parse_and_bind", &ParseSetting},
    {"write_history_file", &WriteByName, "0"},
    {"append_history_file", &WriteByName, "1"},
    {"add_history clear_history get_begidx get_completer "
     "get_completer_delims get_completion_type get_current_history_length "
     "get_endidx get_history_item get_history_length get_line_buffer "
     "insert_text redisplay remove_history_item "
     "replace_history_item set_auto_history set_completer "
     "set_completer_delims set_completion_display_matches_hook "
     "set_history_length set_pre_input_hook set_startup_hook",
     nullptr},
};
constexpr Row kSharedMemory[] = {{"shm_open", &MakeShared},
                                 {"shm_unlink", &RemoveShared}};
constexpr Row kNdbm[] = {{"open", &WriteByName, "0 .db .dir .pag"}};
constexpr Row kTls[] = {
    {"_test_decode_cert", &ReadByName},
    {"RAND_add RAND_bytes RAND_pseudo_bytes RAND_status "
     "get_default_verify_paths nid2obj txt2obj",
     nullptr},
};
constexpr Row kTlsContext[] = {
    {"load_cert_chain", &LoadCertificates},
    {"load_verify_locations", &LoadVerifyLocations},
    {"load_dh_params", &ReadByName},
    // Certificates of the system, which rules grant as files.
    {"set_default_verify_paths", &ReadSecrets, "/etc/ssl/certs"},
    {"_wrap_bio _wrap_socket cert_store_stats get_ca_certs get_ciphers "
     "_set_alpn_protocols session_stats set_ciphers set_ecdh_curve",
     nullptr},
};
constexpr Row kSemaphores[] = {{"sem_unlink", &RemoveSemaphore}};
constexpr Row kSemaphore[] = {
    {"_rebuild", &RebuildSemaphore},
    {"_after_fork _count _get_value _is_mine _is_zero acquire release",
     nullptr},
};
constexpr Row kDatabases[] = {
    {"adapt complete_statement connect enable_callback_tracebacks "
     "enable_shared_cache register_adapter register_converter",
     nullptr},
};
constexpr Row kDatabase[] = {
    {"setlimit", &SetSqliteLimit},
    {"enable_load_extension", &LoadSqliteExtension,
     "sqlite3.enable_load_extension"},
    {"load_extension", &LoadSqliteExtension, "sqlite3.load_extension"},
    {"backup blobopen close commit create_aggregate create_collation "
     "create_function create_window_function cursor deserialize execute "
     "executemany executescript getlimit interrupt iterdump rollback serialize "
     "set_authorizer set_progress_handler set_trace_callback",
     nullptr},
};
constexpr Row kMessages[] = {
    {"bindtextdomain", &Refuse, "catalogues are read by gettext of Python"},
    {"bind_textdomain_codeset dcgettext dgettext getencoding gettext "
     "localeconv nl_langinfo setlocale strcoll strxfrm textdomain",
     nullptr},
};
constexpr Row kYellowPages[] = {
    {"cat get_default_domain maps match", &Refuse, "no rule speaks of NIS"}};
constexpr Row kSound[] = {
    {"open openmixer", &Refuse, "no rule speaks of sound devices"}};
constexpr Row kInterpreters[] = {
    // Making one reads files and runs code before there is a guest in it.
    {"create", &Refuse, "a guest has one interpreter"},
    {"run_string", &AskWhole, "code.eval"},
    {"_channel_id channel_close channel_create channel_destroy "
     "channel_list_all channel_list_interpreters channel_recv channel_release "
     "channel_send destroy get_current get_main is_running is_shareable "
     "list_all",
     nullptr},
};
constexpr Row kFiles[] = {{"open_code", &OpenCode},
                          {"open text_encoding", nullptr}};
constexpr Row kThreads[] = {
    {"start_new start_new_thread", &AskWhole, "thread.create"},
    {"_count _excepthook _set_sentinel allocate allocate_lock exit "
     "exit_thread get_ident get_native_id interrupt_main stack_size",
     nullptr}};
constexpr Row kBuiltins[] = {
    // compile, eval and exec have events.
    {"__build_class__ __import__ abs aiter all anext any ascii bin breakpoint "
     "callable chr compile delattr dir divmod eval exec format getattr globals "
     "hasattr hash hex id input isinstance issubclass iter len locals max min "
     "next oct open ord pow print repr round setattr sorted sum vars",
     nullptr}};

constexpr Surface kSurfaces[] = {
    {"posix", kPosix},
    {"_socket", kSocketModule},
    {"_socket.socket", kSocket},
    {"_imp", kImports},
    {"_io", kFiles},
    {"_thread", kThreads},
    {"builtins", kBuiltins},
    {"_posixsubprocess", kForking},
    {"_signal", kSignals},
    {"time", kTime},
    {"fcntl", kControl},
    {"select", kWaiting},
    {"select.epoll", kEpoll},
    {"pwd", kUsers},
    {"grp", kGroups},
    {"spwd", kShadow},
    {"syslog", kSystemLog},
    {"marshal", kMarshal},
    {"_locale", kMessages},
    {"resource", kResources},
    {"readline", kReadline},
    {"_posixshmem", kSharedMemory},
    {"_dbm", kNdbm},
    {"_ssl", kTls},
    {"_ssl._SSLContext", kTlsContext},
    {"_multiprocessing", kSemaphores},
    {"_multiprocessing.SemLock", kSemaphore},
    {"_sqlite3", kDatabases},
    {"_sqlite3.Connection", kDatabase},
    {"nis", kYellowPages},
    {"ossaudiodev", kSound},
    {"_xxsubinterpreters", kInterpreters},
};

// Modules that hold nothing but computing, or act on what is open already.
constexpr char kComputing[] =
    "_abc _ast _asyncio _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk "
    "_codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections "
    "_contextvars _crypt _csv _curses _curses_panel _datetime _decimal "
    "_elementtree _functools _hashlib _heapq _json _lsprof _lzma _md5 "
    "_multibytecodec _opcode _operator _pickle _postern _queue _random _sha1 "
    "_sha256 _sha3 _sha512 _sre _stat _statistics _string _struct _symtable "
    "_tokenize _tracemalloc _typing _uuid _warnings _weakref _zoneinfo array "
    "atexit audioop binascii cmath errno faulthandler gc itertools math mmap "
    "pyexpat sys termios unicodedata xxsubtype zlib";
// Calls of any library's functions, or of the interpreter's inside.
constexpr char kNative[] =
    "_ctypes _ctypes_test _testbuffer _testcapi _testclinic "
    "_testimportmultiple _testinternalcapi _testmultiphase _xxtestfuzz "
    "xxlimited xxlimited_35";

bool Contains(absl::string_view names, absl::string_view name) {
  for (const absl::string_view one : absl::StrSplit(names, ' ')) {
    if (one == name) return true;
  }
  return false;
}

}  // namespace

absl::Span<const Surface> Surfaces() { return kSurfaces; }

const Surface* FindSurface(absl::string_view where) {
  for (const Surface& surface : kSurfaces) {
    if (surface.where == where) return &surface;
  }
  return nullptr;
}

const Row* FindRow(const Surface& surface, absl::string_view name) {
  for (const Row& row : surface.rows) {
    if (Contains(row.names, name)) return &row;
  }
  return nullptr;
}

Loading LoadingOf(absl::string_view module) {
  if (FindSurface(module) != nullptr || Contains(kComputing, module)) {
    return Loading::kOwn;
  }
  return Contains(kNative, module) ? Loading::kNative : Loading::kUnknown;
}

bool ReplaceConstructors(absl::string_view where, PyTypeObject* type) {
  if (where == "_io.FileIO") return GuardFileObjects(type);
  if (where == "_socket.socket") return GuardSocketObjects(type);
  if (where == "_sqlite3.Connection") return GuardConnections(type);
  if (where == "_multiprocessing.SemLock") return GuardSemaphores(type);
  return true;
}

}  // namespace python
}  // namespace postern
