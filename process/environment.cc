#include "process/environment.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace postern {
namespace process {
namespace {

// From the manual pages of Debian 12's packages: the variables that ld.so(8)
// ignores in secure-execution mode, and those that make interpreters, shells
// and tools load code, read start-up files, take options or run other programs.
constexpr SteeringVariable kSteering[] = {
    {"AWKLIBPATH", "gawk", "gawk(1)"},
    {"AWKPATH", "gawk", "gawk(1)"},
    {"BASHOPTS", "bash", "bash(1)"},
    {"BASH_ENV", "bash", "bash(1)"},
    {"BASH_FUNC_*", "bash", "bash(1)"},
    {"BASH_LOADABLES_PATH", "bash", "bash(1)"},
    {"BASH_XTRACEFD", "bash", "bash(1)"},
    {"BROWSER", "xdg-open", "xdg-open(1)"},
    {"BUNDLE_*", "bundler", "bundle-config(1)"},
    {"CARGO_*", "cargo", "cargo(1)"},
    {"CDPATH", "sh", "sh(1)"},
    {"CLASSPATH", "java", "java(1)"},
    {"COMPILER_PATH", "gcc", "gcc(1)"},
    {"CORECLR_*", "dotnet", "learn.microsoft.com, .NET profiling"},
    {"COR_*", "dotnet", "learn.microsoft.com, .NET profiling"},
    {"CPATH", "gcc", "gcc(1)"},
    {"CPLUS_INCLUDE_PATH", "gcc", "gcc(1)"},
    {"CURL_HOME", "curl", "curl(1)"},
    {"C_INCLUDE_PATH", "gcc", "gcc(1)"},
    {"DOTNET_*", "dotnet", "learn.microsoft.com, .NET environment variables"},
    {"EDITOR", "many", "environ(7)"},
    {"EMACSDATA", "emacs", "emacs(1)"},
    {"EMACSLOADPATH", "emacs", "emacs(1)"},
    {"ENV", "sh", "sh(1)"},
    {"EXINIT", "vi", "vi(1)"},
    {"FCEDIT", "bash", "bash(1)"},
    {"FPATH", "zsh", "zshparam(1)"},
    {"GCC_EXEC_PREFIX", "gcc", "gcc(1)"},
    {"GCONV_PATH", "glibc", "iconv_open(3), ld.so(8)"},
    {"GEM_*", "gem", "gem(1)"},
    {"GETCONF_DIR", "glibc", "ld.so(8)"},
    {"GIO_EXTRA_MODULES", "glib", "gio-querymodules(1)"},
    {"GIO_MODULE_DIR", "glib", "gio-querymodules(1)"},
    {"GIT_*", "git", "git(1)"},
    {"GLIBC_TUNABLES", "glibc", "ld.so(8)"},
    {"GLOBIGNORE", "bash", "bash(1)"},
    {"GNUMAKEFLAGS", "make", "make(1)"},
    {"GODEBUG", "go", "pkg.go.dev/runtime"},
    {"GOENV", "go", "go help environment"},
    {"GOFLAGS", "go", "go help environment"},
    {"GOROOT", "go", "go help environment"},
    {"GOTOOLCHAIN", "go", "go help environment"},
    {"GRADLE_OPTS", "gradle", "docs.gradle.org"},
    {"GST_PLUGIN_*", "gstreamer", "gst-launch-1.0(1)"},
    {"GTK_MODULES", "gtk", "docs.gtk.org, Running GTK"},
    {"GTK_PATH", "gtk", "docs.gtk.org, Running GTK"},
    {"GUILE_*", "guile", "guile(1)"},
    {"GZIP", "gzip", "gzip(1)"},
    {"HISTFILE", "bash", "bash(1)"},
    {"HOSTALIASES", "glibc", "hostname(7), ld.so(8)"},
    {"IFS", "sh", "sh(1)"},
    {"JAVA_OPTIONS", "java", "java(1)"},
    {"JAVA_TOOL_OPTIONS", "java", "java(1)"},
    {"JDK_JAVA_OPTIONS", "java", "java(1)"},
    {"JULIA_*", "julia", "docs.julialang.org"},
    {"KRB5_CONFIG", "kerberos", "krb5.conf(5)"},
    {"LD_*", "ld.so", "ld.so(8)"},
    {"LESS", "less", "less(1)"},
    {"LESSCLOSE", "less", "less(1)"},
    {"LESSEDIT", "less", "less(1)"},
    {"LESSKEY*", "less", "less(1)"},
    {"LESSOPEN", "less", "less(1)"},
    {"LIBRARY_PATH", "gcc", "gcc(1)"},
    {"LOCALDOMAIN", "glibc", "resolv.conf(5), ld.so(8)"},
    {"LOCPATH", "glibc", "locale(7), ld.so(8)"},
    {"LUA_CPATH*", "lua", "lua(1)"},
    {"LUA_INIT*", "lua", "lua(1)"},
    {"LUA_PATH*", "lua", "lua(1)"},
    {"MAILCAPS", "run-mailcap", "run-mailcap(1)"},
    {"MAKEFILES", "make", "make(1)"},
    {"MAKEFLAGS", "make", "make(1)"},
    {"MALLOC_*", "glibc", "mallopt(3), ld.so(8)"},
    {"MANOPT", "man", "man(1)"},
    {"MANPAGER", "man", "man(1)"},
    {"MAVEN_*", "mvn", "maven.apache.org"},
    {"MFLAGS", "make", "make(1)"},
    {"NIS_PATH", "glibc", "ld.so(8)"},
    {"NLSPATH", "glibc", "catopen(3), ld.so(8)"},
    {"NODE_*", "node", "node(1)"},
    {"NPM_CONFIG_*", "npm", "npm-config(7)"},
    {"OPENSSL_CONF", "openssl", "openssl-env(7)"},
    {"OPENSSL_ENGINES", "openssl", "openssl-env(7)"},
    {"OPENSSL_MODULES", "openssl", "openssl-env(7)"},
    {"PAGER", "many", "environ(7)"},
    {"PERL*", "perl", "perlrun(1)"},
    {"PHPRC", "php", "php(1)"},
    {"PHP_INI_SCAN_DIR", "php", "php(1)"},
    {"PIP_*", "pip", "pip(1)"},
    {"PKG_CONFIG*", "pkg-config", "pkg-config(1)"},
    {"PROMPT_COMMAND", "bash", "bash(1)"},
    {"PS4", "sh", "sh(1)"},
    {"PSQLRC", "psql", "psql(1)"},
    {"PSQL_*", "psql", "psql(1)"},
    {"PYTHON*", "python", "python3(1)"},
    {"QT_PLUGIN_PATH", "qt", "doc.qt.io, QCoreApplication"},
    {"RESOLV_HOST_CONF", "glibc", "ld.so(8)"},
    {"RES_OPTIONS", "glibc", "resolv.conf(5), ld.so(8)"},
    {"RSYNC_*", "rsync", "rsync(1)"},
    {"RUBYLIB", "ruby", "ruby(1)"},
    {"RUBYOPT", "ruby", "ruby(1)"},
    {"RUBYPATH", "ruby", "ruby(1)"},
    {"RUBYSHELL", "ruby", "ruby(1)"},
    {"RUSTC*", "cargo", "doc.rust-lang.org/cargo"},
    {"RUSTFLAGS", "cargo", "doc.rust-lang.org/cargo"},
    {"R_*", "R", "R(1)"},
    {"SCREENRC", "screen", "screen(1)"},
    {"SHELL", "many", "environ(7)"},
    {"SHELLOPTS", "bash", "bash(1)"},
    {"SSH_ASKPASS*", "ssh", "ssh(1)"},
    {"SSLKEYLOGFILE", "tls", "curl(1)"},
    {"SUDO_ASKPASS", "sudo", "sudo(8)"},
    {"SUDO_EDITOR", "sudoedit", "sudo(8)"},
    {"SYSTEMD_*", "systemd", "systemctl(1)"},
    {"TAR_OPTIONS", "tar", "tar(1)"},
    {"TCLLIBPATH", "tclsh", "tclsh(1)"},
    {"TERMCAP", "ncurses", "ncurses(3NCURSES)"},
    {"TERMINFO", "ncurses", "ncurses(3NCURSES)"},
    {"TERMINFO_DIRS", "ncurses", "ncurses(3NCURSES)"},
    {"TZDIR", "glibc", "tzset(3), ld.so(8)"},
    {"UNZIP*", "unzip", "unzip(1)"},
    {"VIM*", "vim", "vim(1)"},
    {"VISUAL", "many", "environ(7)"},
    {"WGETRC", "wget", "wget(1)"},
    {"XZ_*", "xz", "xz(1)"},
    {"ZDOTDIR", "zsh", "zsh(1)"},
    {"ZIPOPT", "zip", "zip(1)"},
    {"_JAVA_OPTIONS", "java", "java(1)"},
    {"npm_config_*", "npm", "npm-config(7)"},
};

constexpr bool IsSorted() {
  for (size_t i = 1; i < sizeof(kSteering) / sizeof(kSteering[0]); ++i) {
    if (!(kSteering[i - 1].name < kSteering[i].name)) return false;
  }
  return true;
}
static_assert(IsSorted(), "for people who look for a name");

bool Covers(const SteeringVariable& row, absl::string_view name) {
  absl::string_view prefix = row.name;
  return absl::ConsumeSuffix(&prefix, "*") ? absl::StartsWith(name, prefix)
                                           : name == prefix;
}

}  // namespace

absl::Span<const SteeringVariable> SteeringVariables() { return kSteering; }

const SteeringVariable* FindSteeringVariable(absl::string_view name) {
  const auto* const found = std::find_if(
      std::begin(kSteering), std::end(kSteering),
      [&](const SteeringVariable& row) { return Covers(row, name); });
  return found == std::end(kSteering) ? nullptr : found;
}

Environment FilterEnvironment(
    absl::Span<const std::string> given,
    absl::FunctionRef<bool(absl::string_view name)> allows,
    absl::FunctionRef<bool(absl::string_view name)> may_steer) {
  Environment environment;
  absl::flat_hash_set<absl::string_view> seen;
  for (const std::string& variable : given) {
    const absl::string_view text = variable;
    const absl::string_view name = text.substr(0, text.find('='));
    const auto leave_out = [&](Environment::Why why) {
      environment.left_out.push_back({std::string(name), why});
    };
    if (name.empty() || name.size() == text.size() ||
        text.find('\0') != text.npos || !seen.insert(name).second) {
      leave_out(Environment::Why::kInvalid);
    } else if (!allows(name)) {
      leave_out(Environment::Why::kNotAllowed);
    } else if (FindSteeringVariable(name) != nullptr && !may_steer(name)) {
      leave_out(Environment::Why::kSteers);
    } else {
      environment.variables.push_back(variable);
    }
  }
  return environment;
}

}  // namespace process
}  // namespace postern
