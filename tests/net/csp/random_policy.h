#ifndef POSTERN_TESTS_NET_CSP_RANDOM_POLICY_H_
#define POSTERN_TESTS_NET_CSP_RANDOM_POLICY_H_

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

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

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_TESTS_NET_CSP_RANDOM_POLICY_H_
