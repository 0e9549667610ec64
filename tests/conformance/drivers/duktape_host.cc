// The driver for Duktape: each attempt is a script of its own, as the context
// is what stays.

#include <memory>
#include <string>
#include <vector>

#include "bindings/duktape/script.h"
#include "bindings/host/catalog.h"
#include "permission/text/json_writer.h"
#include "tests/conformance/drivers/rights.h"

namespace {

// Makes the attempt of args[0], and prints verdict and detail.
constexpr char kGuest[] = R"js(
(function () {
  var a = JSON.parse(args[0]);
  function text(path) { return fs.readFile(path, 'utf8'); }
  function keys(object) { return Object.keys(object).join(' '); }
  // Arguments by name are one object.
  function call() {
    var at = a['function'].lastIndexOf('.');
    var plugin = require(a['function'].slice(0, at));
    var run = plugin[a['function'].slice(at + 1)];
    return a.named ? run(a.named) : run.apply(null, a.args);
  }
  function drop() {
    try {
      if (a.drop_resource) permission.drop(a.drop_permission, a.drop_resource);
      else permission.drop(a.drop_permission);
    } catch (e) {
      // It dropped more than it was asked to.
    }
  }
  var operations = {
    'fs.read': function () { return text(a.path); },
    'fs.write': function () { fs.writeFile(a.path, a.text); },
    'fs.append': function () { fs.appendFile(a.path, a.text); },
    'fs.truncate': function () { fs.truncate(a.path, a.size); },
    'fs.stat': function () { return keys(fs.stat(a.path)); },
    'fs.lstat': function () { return keys(fs.lstat(a.path)); },
    'fs.access': function () { fs.access(a.path); },
    'fs.readlink': function () { return fs.readlink(a.path); },
    'fs.list': function () { return fs.list(a.path).join(' '); },
    'fs.mkdir': function () { fs.mkdir(a.path); },
    'fs.rmdir': function () { fs.rmdir(a.path); },
    'fs.remove': function () { fs.unlink(a.path); },
    'fs.rename': function () { fs.rename(a.path, a.to); },
    'fs.copy': function () { fs.copyFile(a.path, a.to); },
    'env.read': function () {
      var value = env.get(a.name);
      if (value === undefined) throw new Error('no such variable');
      return value;
    },
    'env.list': function () { return env.list().join(' '); },
    'code.eval': function () { return eval(a.code); },
    'plugin.call': call,
    'has': function () {
      var has = a.has_resource ? permission.has(a.permission, a.resource)
                               : permission.has(a.permission);
      if (!has) throw {code: 'ERR_ACCESS_DENIED', message: ''};
    }
  };
  if (a.drop_permission) drop();
  // All functions of the language say a granted name then.
  function overwrite() {
    var names = Object.getOwnPropertyNames, define = Object.defineProperty;
    [String.prototype, String, Array.prototype, Array, Object.prototype,
     Function.prototype, RegExp.prototype, Number, JSON, Math, Date,
     Error.prototype, Uint8Array.prototype, Object].forEach(function (object) {
      names(object).forEach(function (name) {
        if (typeof object[name] !== 'function' || name === 'constructor') return;
        try {
          define(object, name, {value: function () { return a.lie; }});
        } catch (e) {
          // It stays as it is.
        }
      });
    });
  }
  if (a.lie) {
    overwrite();
    // Else attempts would show nothing.
    if (''.trim() !== a.lie) return print('granted\nnot overwritten');
  }
  if (!operations[a.op] || a.form === 'url' || a.form === 'dirfd' ||
      a.form === 'bytes' || a.nofollow) {
    return print('unseen');
  }
  try {
    var detail = operations[a.op]();
    print('granted\n' + (detail === undefined ? '' : detail));
  } catch (e) {
    var denied = e.code === 'ERR_ACCESS_DENIED' || e.code === 'EXDEV';
    print((denied ? 'denied' : 'error') + '\n' + (e.code || '') + ' ' +
          e.message);
  }
})();
)js";

std::string Escaped(const attempt& what, const std::string& lie) {
  const struct {
    const char* name;
    const postern_bytes& text;
  } texts[] = {{"op", what.op},
               {"path", what.path},
               {"to", what.to},
               {"text", what.text},
               {"name", what.name},
               {"code", what.code},
               {"function", what.function},
               {"permission", what.permission},
               {"resource", what.resource},
               {"drop_permission", what.drop_permission},
               {"drop_resource", what.drop_resource}};
  return postern::WriteJsonObject([&](postern::JsonWriter& json) {
    for (const auto& text : texts) {
      json.Key(text.name).String(ToString(text.text));
    }
    json.Key("form").String(what.directory.size > 0 ? "dirfd"
                                                    : ToString(what.form));
    json.Key("size").Integer(what.size);
    json.Key("lie").String(lie);
    json.Key("has_resource").Bool(what.has_resource != 0);
    json.Key("nofollow").Bool(what.nofollow != 0);
    json.Key("args").StartArray();
    for (size_t i = 0; i < what.arg_count; ++i) {
      json.String(ToString(what.args[i].value));
    }
    json.EndArray();
    if (what.named_count == 0) return;
    json.Key("named").StartObject();
    for (size_t i = 0; i < what.named_count; ++i) {
      json.Key(ToString(what.named[i].name))
          .String(ToString(what.named[i].arg.value));
    }
    json.EndObject();
  });
}

// A catalog with the one function that is called; no attempt has to find it.
postern::host::Catalog CatalogFor(const std::string& name) {
  postern::host::Catalog catalog;
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return catalog;
  postern::host::PluginFunction function;
  function.name = name.substr(dot + 1);
  if (name == "exec.in.run") function.parameters = {"program", "*args"};
  function.handler = [](const postern::host::PluginCall&) {
    return absl::StatusOr<postern::host::Value>(postern::host::Value());
  };
  (void)catalog.Add({name.substr(0, dot), "", {function}});
  return catalog;
}

}  // namespace

struct host {
  std::unique_ptr<Rights> rights;
  std::string lie;
};

host* host_new(const char* policy, const char* folder) {
  std::unique_ptr<Rights> rights = Rights::Make(policy, folder);
  return rights == nullptr ? nullptr
                           : new host{std::move(rights), LieFor(folder)};
}

void host_free(host* made) { delete made; }

void host_try(host* by, const attempt* what, answer* to) {
  postern::duktape::ScriptOptions options;
  options.source = kGuest;
  options.args = {Escaped(*what, by->lie)};
  options.files = by->rights->files();
  const postern::duktape::ScriptResult result = postern::duktape::RunScript(
      by->rights->context(), CatalogFor(ToString(what->function)), options);
  const size_t line = result.output.find('\n');
  if (line == std::string::npos) return Say(FAILED, result.message, to);
  std::string detail = result.output.substr(line + 1);
  if (!detail.empty()) detail.pop_back();  // of print
  Say(VerdictOf(result.output.substr(0, line)), detail, to);
}
