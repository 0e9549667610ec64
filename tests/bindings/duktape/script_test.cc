// Scripts in JavaScript under a policy: what they can do, and what they cannot.

#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "bindings/host/catalog.h"
#include "bindings/host/value.h"
#include "tests/bindings/duktape/script_runner.h"

namespace postern {
namespace duktape {
namespace {

using Outcome = ScriptResult::Outcome;
using host::PluginCall;
using host::Value;

// A plugin that gives back what it got.
host::Plugin Echo() {
  host::PluginFunction run;
  run.name = "run";
  run.parameters = {"program", "*args"};
  run.handler = [](const PluginCall& call) -> absl::StatusOr<Value> {
    return Value::OfRecord(
        {{"args", Value::OfList(call.args)}, {"bytes", Value::Bytes("a\xFF")}});
  };
  return {"exec.in", "", {run}};
}

class ScriptTest : public ::testing::Test {
 protected:
  ScriptResult RunWith(const std::string& source,
                       std::vector<std::string> more = {},
                       const Limits& limits = Limits()) {
    const Rights rights(world_.Flags(std::move(more)), world_.path());
    host::Catalog catalog;
    EXPECT_TRUE(catalog.Add(Echo()).ok());
    ScriptOptions options;
    options.source = "var W = '" + world_.path() + "';\n" + source;
    options.files = rights.files();
    options.limits = limits;
    options.args = {"one"};
    return RunScript(rights.context(), catalog, options);
  }
  // What was printed, or how it ended.
  std::string Run(const std::string& source,
                  std::vector<std::string> more = {}) {
    const ScriptResult result = RunWith(source, std::move(more));
    return result.outcome == Outcome::kFinished
               ? result.output
               : result.output + "! " + result.message;
  }
  // The same of one expression.
  std::string Value(const std::string& expression,
                    std::vector<std::string> more = {}) {
    return Run("print(" + expression + ")", std::move(more));
  }
  // code, permission and resource of what an expression throws.
  std::string Thrown(const std::string& expression,
                     std::vector<std::string> more = {}) {
    return Run("try { " + expression +
                   "; print('nothing'); } catch (e) { print(e instanceof Error,"
                   " e.code, e.permission, e.resource ? e.resource.replace(W, "
                   "'') : ''); }",
               std::move(more));
  }

  const World world_;
};

TEST_F(ScriptTest, GrantedFiles) {
  EXPECT_EQ(Value("fs.readFile(W + '/granted/text', 'utf8')"),
            "h\xC3\xA9llo \xF0\x9F\x90\xA7\n");
  EXPECT_EQ(Value("fs.readFile(W + '/granted/text').length"), "11\n");
  EXPECT_EQ(Run("var n = W + '/granted/\xF0\x9F\x90\xA7'; fs.writeFile(n, 'a');"
                "fs.appendFile(n, new Uint8Array([98, 0]));"
                "fs.rename(n, W + '/granted/b'); fs.copyFile(W + '/granted/b',"
                " W + '/granted/c'); fs.truncate(W + '/granted/c', 1);"
                "print(JSON.stringify(fs.readFile(W + '/granted/b', 'utf8')),"
                " fs.stat(W + '/granted/c').size, fs.list(W + '/granted')"
                ".sort().join()); fs.unlink(W + '/granted/b');"
                "fs.mkdir(W + '/granted/d'); fs.rmdir(W + '/granted/d');"
                "print(fs.lstat(W + '/granted/link').type,"
                " fs.readlink(W + '/granted/link'))"),
            "\"ab\\u0000\" 1 b,c,link,text\nlink ../outside/secret\n");
  EXPECT_EQ(Thrown("fs.readFile(W + '/granted/none')"),
            "true ENOENT undefined \n");
  EXPECT_EQ(Thrown("fs.readFile(W + '/granted')"), "true EISDIR undefined \n");
}

TEST_F(ScriptTest, DenialsAreErrors) {
  for (const char* path : {"/outside/secret", "/granted/link",
                           "/granted/../outside/secret", "/outside/none", ""}) {
    EXPECT_EQ(Thrown(std::string("fs.readFile(W + '") + path + "')"),
              std::string("true ERR_ACCESS_DENIED fs.read ") + path + "\n");
  }
  for (const char* call :
       {"fs.writeFile(W + '/x', '')", "fs.appendFile(W + '/x', '')",
        "fs.unlink(W + '/x')", "fs.mkdir(W + '/x')", "fs.rmdir(W + '/x')",
        "fs.rename(W + '/granted/text', W + '/x')", "fs.truncate(W + '/x', 0)",
        "fs.copyFile(W + '/granted/text', W + '/x')"}) {
    EXPECT_EQ(Thrown(call), "true ERR_ACCESS_DENIED fs.write /x\n") << call;
  }
  const ScriptResult result = RunWith("fs.list('/etc')");
  EXPECT_EQ(result.outcome, Outcome::kDenied);
  EXPECT_EQ(result.message, "Error: ERR_ACCESS_DENIED: fs.read /etc");
}

TEST_F(ScriptTest, AnErrorMadeFromADenialIsNone) {
  const std::string caught = "try { fs.list('/etc') } catch (e) { ";
  EXPECT_EQ(RunWith(caught + "throw e }").outcome, Outcome::kDenied);
  const ScriptResult made =
      RunWith(caught +
              "var f = Object.create(e);"
              "f.toString = function() { return 'ERR_ACCESS_DENIED: fs.read "
              "/other' }; throw f }");
  EXPECT_EQ(made.outcome, Outcome::kFailed);
}

TEST_F(ScriptTest, OddArgumentsAreErrors) {
  for (const char* call : {"fs.readFile()",
                           "fs.readFile(1)",
                           "fs.readFile({})",
                           "fs.readFile(null)",
                           "fs.readFile(W + '/granted/a\\0b')",
                           "fs.readFile('\\ud800')",
                           "fs.readFile(Symbol('x'))",
                           "fs.readFile(new Array(6000).join('a'))",
                           "fs.writeFile(W, {})",
                           "fs.readFile({toString: function () { return W; }})",
                           "fs.readFile(W + '/granted/text', 'latin1')",
                           "permission.has()",
                           "permission.has('fs.read', [1])",
                           "permission.has('fs.read', [])",
                           "permission.has('fs.read', new Array(2000))",
                           "permission.drop(1)",
                           "env.get({})",
                           "require({})",
                           "require('exec.in\\0x')",
                           "fs.truncate(W + '/granted/text', -1)",
                           "fs.readFile.call(undefined, new Proxy({}, {}))"}) {
    EXPECT_EQ(
        Run(std::string("try { ") + call +
            "; print('nothing') } catch (e) { print(e instanceof Error) }"),
        "true\n")
        << call;
  }
}

TEST_F(ScriptTest, Environment) {
  setenv("POSTERN_TEST_A", "a", 1);
  setenv("POSTERN_TEST_B", "b", 1);
  const std::string grant = "--allow-env-read=POSTERN_TEST_A";
  EXPECT_EQ(Value("env.get('POSTERN_TEST_A')", {grant}), "a\n");
  EXPECT_EQ(Thrown("env.get('POSTERN_TEST_B')", {grant}),
            "true ERR_ACCESS_DENIED env.read POSTERN_TEST_B\n");
  EXPECT_EQ(Value("env.list()", {grant}), "POSTERN_TEST_A\n");
}

TEST_F(ScriptTest, PermissionsCanBeAskedAndDropped) {
  EXPECT_EQ(Value("[permission.has('fs.read', W + '/granted/x'),"
                  "permission.has('fs.read', W), permission.has('fs'),"
                  "permission.has('no'), permission.has('plugin.call',"
                  "['exec.in.run', 'du'])].join()",
                  {"--allow-plugin-call=exec.in.run du"}),
            "true,false,false,false,true\n");
  EXPECT_EQ(Run("permission.drop('fs.read', W + '/granted/text');"
                "print(permission.has('fs.read', W + '/granted/text'),"
                " permission.has('fs.read', W + '/granted/x'));"
                "fs.readFile(W + '/granted/text')")
                .substr(0, 36),
            "false true\n! Error: ERR_ACCESS_DENIE");
}

TEST_F(ScriptTest, CodeFromTextNeedsPermission) {
  for (const char* call :
       {"eval('1')", "(0, eval)('1')", "Function('return 1')",
        "new Function('return 1')", "(function(){}).constructor('return 1')",
        "Math.abs.constructor('return 1')",
        "Reflect.construct(Function, ['1'])",
        "Object.getPrototypeOf(function(){}).constructor('1')",
        "print.constructor('1')", "fs.readFile.constructor('1')",
        "Function.prototype.constructor.apply(null, ['1'])",
        "Function.bind(null)('1')"}) {
    EXPECT_EQ(Thrown(call), "true ERR_ACCESS_DENIED code.eval \n") << call;
  }
  const std::string grant = "--allow-code-eval";
  EXPECT_EQ(Value("[eval('1 + 1'), eval(7), Function('a', 'return a')(3),"
                  "(function(){}) instanceof Function].join()",
                  {grant}),
            "2,7,3,true\n");
  EXPECT_EQ(Value("typeof Duktape + typeof Buffer + typeof Pointer"),
            "undefinedundefinedundefined\n");
}

TEST_F(ScriptTest, Plugins) {
  const std::string grant = "--allow-plugin-call=exec.in.run du **";
  EXPECT_EQ(Value("JSON.stringify(require('exec.in').run('du', 1, [true, null,"
                  "{a: 'b'}], 1.5))",
                  {"--allow-plugin-call=exec.in.run du **"}),
            "{\"args\":[\"du\",1,[true,null,{\"a\":\"b\"}],1.5],"
            "\"bytes\":\"a\xEF\xBF\xBD\"}\n");
  EXPECT_EQ(Value("require('exec.in').run({program: 'du'}).args", {grant}),
            "du\n");
  EXPECT_EQ(Thrown("require('exec.in').run('rm')", {grant}).substr(0, 34),
            "true ERR_ACCESS_DENIED plugin.call");
  EXPECT_EQ(
      Thrown("require('exec.in').run({program: 'rm'})", {grant}).substr(0, 34),
      "true ERR_ACCESS_DENIED plugin.call");
  EXPECT_EQ(Thrown("require('exec.in')"),
            "true ERR_ACCESS_DENIED plugin.load exec.in\n");
  EXPECT_EQ(Thrown("require('none')"),
            "true ERR_ACCESS_DENIED plugin.load none\n");
  for (const char* arg : {"print", "Symbol('a')", "'\\ud800'", "1n"}) {
    EXPECT_EQ(
        Run(std::string("require('exec.in').run('du', ") + arg + ")", {grant})
            .substr(0, 2),
        "! ")
        << arg;
  }
  // What a getter does happens before anything is decided.
  EXPECT_EQ(Run("var run = require('exec.in').run, n = 0;"
                "var a = {get program() { if (n++ == 0) { try { run('rm') }"
                " catch (e) {} } return n == 1 ? 'du' : 'rm' }};"
                "print(run(a).args)",
                {grant}),
            "du\n");
  const ScriptResult denied = RunWith("require('exec.in').run('rm')", {grant});
  ASSERT_EQ(denied.denials.size(), 1u);
  EXPECT_NE(denied.denials[0].explanation.find("expected: \"du\""),
            std::string::npos);
}

// CVE-2023-39331, CVE-2024-21891, CVE-2024-21896: the guest replaces what a
// check calls.
TEST_F(ScriptTest, ReplacedFunctionsChangeNoVerdict) {
  EXPECT_EQ(
      Run("(function () { var read = fs.readFile, p = print, ps = [Object, "
          "String, Array,\n"
          "  Function, Error, RegExp, JSON, Reflect, Math, Symbol, Number,\n"
          "  fs, env, permission, console, globalThis].slice();\n"
          "var names = Object.getOwnPropertyNames, w = W;\n"
          "var def = Object.defineProperty, s = String, len = ps.length;\n"
          "function lie() { return w + '/granted/text'; }\n"
          "for (var i = 0; i < len; i++) { var all = [ps[i], "
          "ps[i].prototype];\n"
          "  for (var j = 0; j < 2; j++) { if (!all[j]) continue;\n"
          "    var list = names(all[j]); for (var k = 0; k < list.length; k++) "
          "{\n"
          "    if (list[k] === 'prototype' || list[k] === 'length') continue;\n"
          "    try { all[j][list[k]] = lie; } catch (e) {} } } }\n"
          "try { read(w + '/outside/secret'); p('read'); }\n"
          "catch (e) { p('refused'); }\n"
          "p(read(w + '/granted/text', 'utf8').length); })()"),
      "refused\n8\n");
  EXPECT_EQ(Run("Object.defineProperty(Object.prototype, 'code',"
                " {set: function () { throw 1; }, get: function () { return 1;"
                " }}); Error.prototype.permission = 'x';"
                "try { fs.readFile('/x') } catch (e) { print(e.permission) }"),
            "fs.read\n");
  // Setters of elements, while a list is made.
  EXPECT_EQ(Run("for (var i = 0; i < 5; i++) (function (i) {"
                " Object.defineProperty(Array.prototype, i, {set: function () {"
                " permission.has('fs.read'); throw 1; }}); })(i);"
                "for (var key in {type: 0, size: 0})"
                " Object.defineProperty(Object.prototype, key, {set:"
                " function () { fs.list(W + '/granted'); throw 1; }});"
                "print(fs.list(W + '/granted').length,"
                " fs.stat(W + '/granted/text').size)"),
            "2 11\n");
}

// Keys that begin with this byte are the host's; no string of a script does.
TEST_F(ScriptTest, HiddenKeysCannotBeMade) {
  for (const char* made :
       {"CBOR.decode(new Uint8Array([0x67, 0xff, 112, 108, 117, 103, 105, "
        "110]))",
        "CBOR.decode(new Uint8Array([0x7f, 0x67, 0xff, 112, 108, 117, 103, 105,"
        " 110, 0xff]))",
        "new TextDecoder().decode(new Uint8Array([0xff, 112, 108, 117, 103, "
        "105,"
        " 110]))",
        "unescape('%FFplugin')", "'\\xffplugin'", "'\\x82plugin'",
        "String.fromCharCode(0xff) + 'plugin'",
        "String.fromBufferRaw(new Uint8Array([0xff, 112]))"}) {
    EXPECT_EQ(Run(std::string("var run = require('exec.in').run, found;"
                              "try { found = run[") +
                      made + "]; } catch (e) {} print(typeof found)",
                  {"--allow-plugin-call=exec.in.run **"}),
              "undefined\n")
        << made;
  }
  EXPECT_EQ(
      Value("Object.getOwnPropertyNames(require('exec.in').run).concat("
            "Object.getOwnPropertySymbols(require('exec.in').run)).sort()",
            {"--allow-plugin-call=exec.in.run **"}),
      "\n");
}

// Whatever functions are called with: an error or a result, and nothing outside
// is touched.
TEST_F(ScriptTest, RandomCallsTouchNothingOutside) {
  // What is printed meanwhile is of no interest: JSON calls `print`, too.
  const std::string output =
      Run("var seed = 7; function random(n) {"
          "  seed = (seed * 1103515245 + 12345) % 2147483648;"
          "  return Math.floor(seed / 65536) % n; }\n"
          "var odd = {get length() { throw 1; }, toString: function () {"
          "  throw 2; }, toJSON: function () { throw 3; }};\n"
          "var proxy = new Proxy([], {get: function () { fs.list(W); }});\n"
          "var values = [W + '/outside/secret', W + '/outside/new',"
          "  W + '/granted/a', W + '/granted/link', 'fs.read', 'utf8', '',"
          "  'a\\0b', '\\ud800', -1, 0, 1, 4096, 1e300, NaN, true, null,"
          "  undefined, {}, [], ['a', 'b'], odd, proxy, Symbol('x'), print,"
          "  new Uint8Array(5), new ArrayBuffer(3), {program: 'du'}];\n"
          "var run = require('exec.in').run;\n"
          "var functions = [require, eval, Function, run, env.get, env.list,"
          "  permission.has, CBOR.encode, CBOR.decode, JSON.stringify];\n"
          "for (var name in fs) functions.push(fs[name]);\n"
          "for (var i = 0; i < 5000; i++) { var list = [];\n"
          "  for (var n = random(4); n > 0; n--)"
          "    list.push(values[random(values.length)]);\n"
          "  try { functions[random(functions.length)].apply("
          "    values[random(values.length)], list); } catch (e) {} }\n"
          "print('done')",
          {"--allow-code-eval", "--allow-plugin-call=exec.in.run du **"});
  EXPECT_EQ(output.substr(output.size() - 5), "done\n") << output;
  EXPECT_NE(access((world_.path() + "/outside/new").c_str(), F_OK), 0);
}

TEST_F(ScriptTest, Limits) {
  Limits limits;
  limits.memory_bytes = 1 << 20;
  const struct {
    const char* source;
    const char* message;
  } cases[] = {
      {"var a = []; while (true) a.push(new Array(100).join('x' + a.length));",
       "memory limit reached"},
      {"for (;;) { try { var a = []; while (true) a.push({}); } catch (e) {} }",
       "memory limit reached"},
      {"/(x+x+)+y/.test(new Array(30).join('x'))", "time limit reached"},
      {"for (;;) ({});", "time limit reached"},
      {"for (;;) { try { ({}); } catch (e) {} finally {} }",
       "time limit reached"},
      {"for (;;) print('x')", "time limit reached"},
      {"for (;;) try { fs.readFile('/x') } catch (e) {}", "time limit reached"},
  };
  for (const auto& c : cases) {
    limits.time =
        c.message[0] == 't' ? absl::Milliseconds(100) : absl::Seconds(30);
    const ScriptResult result = RunWith(c.source, {}, limits);
    EXPECT_EQ(result.outcome, Outcome::kLimit) << c.source;
    EXPECT_EQ(result.message, c.message) << c.source;
  }
  limits = Limits();
  limits.output_bytes = 5;
  const ScriptResult cut = RunWith("print('1234567')", {}, limits);
  EXPECT_EQ(cut.output, "12345");
  EXPECT_TRUE(cut.output_truncated);
  limits.file_bytes = 3;
  EXPECT_EQ(RunWith("fs.readFile(W + '/granted/text')", {}, limits)
                .message.substr(0, 12),
            "Error: EFBIG");
}

TEST_F(ScriptTest, DeepScriptsAreErrors) {
  const std::string open(20000, '(');
  EXPECT_EQ(RunWith(open + "1").outcome, Outcome::kNotStarted);
  EXPECT_EQ(RunWith(std::string(20000, '[') + std::string(20000, ']')).outcome,
            Outcome::kNotStarted);
  for (const char* source :
       {"(function f() { f(); })()", "new RegExp(new Array(20000).join('('))",
        "new RegExp('(?:' + new Array(3000).join('a?') + ')').test('a')",
        "/(?:.|\\n)*?b/.test(new Array(200000).join('a'))",
        "JSON.parse(new Array(100000).join('['))",
        "var a = []; a[0] = a; JSON.stringify(a)",
        "var o = {}; o.toString = function () { return '' + o }; '' + o",
        "throw {toString: function () { throw 1 }}", "throw null",
        "throw '\\ud800'"}) {
    const ScriptResult result = RunWith(source);
    EXPECT_TRUE(result.outcome == Outcome::kFailed ||
                result.outcome == Outcome::kFinished)
        << source;
  }
}

TEST_F(ScriptTest, WhatCannotBeRunIsSaid) {
  EXPECT_EQ(RunWith("this is no script").outcome, Outcome::kNotStarted);
  EXPECT_EQ(RunWith("'\xFF'").message, "the script is not UTF-8");
  Limits limits;
  limits.source_bytes = 10;
  EXPECT_EQ(RunWith("1", {}, limits).message, "the script is too long");
  limits = Limits();
  limits.memory_bytes = 1000;
  EXPECT_EQ(RunWith("1", {}, limits).outcome, Outcome::kLimit);
}

TEST_F(ScriptTest, ConcealedFilesDoNotExist) {
  const std::string conceal =
      "version: 1 layers { name: 'ceiling' default: ALLOW deny_as: NOT_FOUND"
      " rules { deny: 'fs' pattern: '" +
      world_.path() + "/outside' } }";
  EXPECT_EQ(Thrown("fs.readFile(W + '/outside/secret')", {conceal}),
            Thrown("fs.readFile(W + '/granted/none')", {conceal}));
}

}  // namespace
}  // namespace duktape
}  // namespace postern
