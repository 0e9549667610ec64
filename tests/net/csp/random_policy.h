#ifndef POSTERN_TESTS_NET_CSP_RANDOM_POLICY_H_
#define POSTERN_TESTS_NET_CSP_RANDOM_POLICY_H_

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace postern {
namespace csp {

using Random = std::mt19937_64;

template <typename T>
const T& Pick(const std::vector<T>& from, Random* random) {
  return from[std::uniform_int_distribution<size_t>(0,
                                                    from.size() - 1)(*random)];
}

inline bool OneIn(int n, Random* random) {
  return std::uniform_int_distribution<int>(1, n)(*random) == 1;
}

// Alphabets so small that sources, pages and URLs really meet.
struct Alphabet {
  std::vector<std::string> source_schemes = {"",         "",      "http://",
                                             "https://", "ws://", "wss://"};
  std::vector<std::string> source_hosts = {
      "a.test", "b.a.test",  "*.a.test", "*.b.a.test",
      "*",      "127.0.0.1", "ba.test"};
  std::vector<std::string> source_ports = {"",     "",      "",  ":80",
                                           ":443", ":8080", ":*"};
  std::vector<std::string> source_paths = {
      "", "", "", "/", "/p/", "/p/q", "/p/q/", "/p%2Fq", "/%70/"};
  std::vector<std::string> url_schemes = {"http", "https", "ws", "wss"};
  std::vector<std::string> url_hosts = {"a.test",  "b.a.test", "c.b.a.test",
                                        "x.test",  "ba.test",  "127.0.0.1",
                                        "10.0.0.1"};
  std::vector<std::string> url_ports = {"", ":80", ":443", ":8080", ":9"};
  std::vector<std::string> url_paths = {"/",      "/p/",    "/p/q",
                                        "/p/q/r", "/p%2Fq", "/z"};
  std::vector<std::string> selves = {"http://a.test", "https://a.test",
                                     "https://a.test:8080",
                                     "http://b.a.test:8080"};

  std::string Source(Random* random) const {
    if (OneIn(6, random)) {
      return Pick<std::string>(
          {"*", "'self'", "http:", "https:", "ws:", "wss:", "data:"}, random);
    }
    return absl::StrCat(Pick(source_schemes, random),
                        Pick(source_hosts, random), Pick(source_ports, random),
                        Pick(source_paths, random));
  }
  std::string List(int most, Random* random) const {
    const int count = std::uniform_int_distribution<int>(0, most)(*random);
    std::string out;
    for (int i = 0; i < count; ++i) absl::StrAppend(&out, " ", Source(random));
    return out;
  }
  std::string Url(Random* random) const {
    const std::string scheme = Pick(url_schemes, random);
    return absl::StrCat(scheme, "://", Pick(url_hosts, random),
                        Pick(url_ports, random), Pick(url_paths, random));
  }
};

// Directives of different names with the sources of an alphabet and keywords.
struct PolicyMaker {
  Alphabet alphabet;
  std::vector<std::string> names = {
      "default-src",     "child-src",  "script-src",     "style-src",
      "connect-src",     "frame-src",  "img-src",        "script-src-attr",
      "script-src-elem", "worker-src", "style-src-elem", "object-src"};
  std::vector<std::string> keywords = {"'unsafe-inline'", "'unsafe-eval'",
                                       "'wasm-unsafe-eval'", "'unsafe-hashes'"};
  // What conflicts with other sources; none are made without `marks`.
  std::vector<std::string> mark_words = {"'nonce-n'", "'sha256-AAAA'",
                                         "'strict-dynamic'"};
  bool marks = false;

  std::string List(int most, Random* random) const {
    std::string list = alphabet.List(most, random);
    if (OneIn(4, random)) absl::StrAppend(&list, " ", Pick(keywords, random));
    if (marks && OneIn(3, random)) {
      absl::StrAppend(&list, " ", Pick(mark_words, random));
    }
    return list;
  }
  // "img-src a.test; script-src 'self'", of up to `most` directives.
  std::string Make(int most, Random* random) const {
    std::vector<std::string> shuffled = names;
    std::shuffle(shuffled.begin(), shuffled.end(), *random);
    shuffled.resize(static_cast<size_t>(
        std::uniform_int_distribution<int>(0, most)(*random)));
    for (std::string& name : shuffled) name += List(2, random);
    return absl::StrJoin(shuffled, "; ");
  }
};

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_TESTS_NET_CSP_RANDOM_POLICY_H_
