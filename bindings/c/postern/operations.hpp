#ifndef POSTERN_BINDINGS_C_POSTERN_OPERATIONS_HPP_
#define POSTERN_BINDINGS_C_POSTERN_OPERATIONS_HPP_

// Guarded files and the guarded network for C++; files.h, names.h, metadata.h,
// folders.h and network.h say what each call means. What is not here is called
// with get().

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "context.hpp"
#include "files.h"
#include "folders.h"
#include "metadata.h"
#include "names.h"
#include "network.h"
#include "open_file.hpp"
#include "result.hpp"

namespace postern {
namespace stable {

// A descriptor that the caller owns, closed by the caller.
struct Descriptor {
  int32_t fd = -1;
};

struct Entry {
  std::string name;
  postern_file_type type = POSTERN_FILE_UNKNOWN;
};

// May be used by any number of threads.
class Files {
 public:
  static Result<Files> Create(const Context& context) {
    return Create(context, internal::Struct<postern_files_options>());
  }
  static Result<Files> Create(const Context& context,
                              const postern_files_options& options) {
    return Make([&](postern_files** out, postern_error* error) {
      return postern_files_new(context.get(), &options, out, error);
    });
  }
  // Relative names start in that directory.
  Result<Files> In(std::string_view directory) const {
    return Make([&](postern_files** out, postern_error* error) {
      return postern_files_in(files_.get(), directory.data(), directory.size(),
                              out, error);
    });
  }

  // `flags` of POSTERN_OPEN_...
  Result<Descriptor> Open(std::string_view path, uint32_t flags,
                          uint32_t mode = 0666) const {
    Descriptor opened;
    return internal::Try(
        [&](postern_error* error) {
          return postern_files_open(files_.get(), path.data(), path.size(),
                                    flags, mode, &opened.fd, nullptr, error);
        },
        [&] { return opened; });
  }
  // The same, with the rights that it was opened with.
  Result<OpenFile> OpenKept(std::string_view path, uint32_t flags,
                            uint32_t mode = 0666) const {
    postern_open_file* made = nullptr;
    return internal::Try(
        [&](postern_error* error) {
          return postern_files_open_file(files_.get(), path.data(), path.size(),
                                         flags, mode, &made, error);
        },
        [&] { return OpenFile(made); });
  }
  Result<std::string> Read(std::string_view path, uint64_t max_bytes) const {
    return internal::TryBuffer([&](postern_buffer** out, postern_error* error) {
      return postern_files_read(files_.get(), path.data(), path.size(),
                                max_bytes, out, error);
    });
  }
  Status Write(std::string_view path, std::string_view contents,
               uint32_t mode = 0666) const {
    return internal::Try([&](postern_error* error) {
      return postern_files_write(files_.get(), path.data(), path.size(),
                                 contents.data(), contents.size(), mode, error);
    });
  }
  Result<postern_file_info> Info(std::string_view path,
                                 bool follow = true) const {
    auto info = internal::Struct<postern_file_info>();
    return internal::Try(
        [&](postern_error* error) {
          return postern_files_info(files_.get(), path.data(), path.size(),
                                    follow ? 1 : 0, &info, error);
        },
        [&] { return info; });
  }
  Result<std::vector<Entry>> List(std::string_view path) const {
    postern_listing* made = nullptr;
    const internal::OwnedError error(postern_error_new());
    postern_status status = postern_files_list(files_.get(), path.data(),
                                               path.size(), &made, error.get());
    const internal::Owned<postern_listing, &postern_listing_free> listing(made);
    std::vector<Entry> entries;
    auto entry = internal::Struct<postern_entry>();
    while (status == POSTERN_OK) {
      status = postern_listing_next(made, &entry, error.get());
      if (status == POSTERN_END) return entries;
      if (status != POSTERN_OK) break;
      entries.push_back(
          {std::string(entry.name.data, entry.name.size), entry.type});
    }
    return internal::ErrorOf(status, error.get());
  }
  Status MakeDirectory(std::string_view path, uint32_t mode = 0777) const {
    return internal::Try([&](postern_error* error) {
      return postern_files_make_directory(files_.get(), path.data(),
                                          path.size(), mode, error);
    });
  }
  Status Move(std::string_view from, std::string_view to,
              postern_move how = POSTERN_MOVE_REPLACE) const {
    return internal::Try([&](postern_error* error) {
      return postern_files_move(files_.get(), from.data(), from.size(), nullptr,
                                to.data(), to.size(), how, error);
    });
  }
  Status Remove(std::string_view path) const {
    return internal::Try([&](postern_error* error) {
      return postern_files_remove(files_.get(), path.data(), path.size(),
                                  error);
    });
  }
  Status RemoveAll(std::string_view path) const {
    return internal::Try([&](postern_error* error) {
      return postern_files_remove_all(files_.get(), path.data(), path.size(),
                                      error);
    });
  }
  postern_files* get() const { return files_.get(); }

 private:
  explicit Files(postern_files* files) : files_(files) {}
  template <typename Call>
  static Result<Files> Make(Call call) {
    postern_files* made = nullptr;
    return internal::Try(
        [&](postern_error* error) { return call(&made, error); },
        [&] { return Files(made); });
  }

  internal::Owned<postern_files, &postern_files_free> files_;
};

// One thread at a time.
class Socket {
 public:
  explicit Socket(postern_socket* socket) : socket_(socket) {}
  int32_t fd() const { return postern_socket_descriptor(socket_.get()); }
  int32_t Release() { return postern_socket_release(socket_.get()); }
  std::string local() const {
    return postern_socket_local(socket_.get(), nullptr);
  }
  std::string peer() const {
    return postern_socket_peer(socket_.get(), nullptr);
  }
  postern_socket* get() const { return socket_.get(); }

 private:
  internal::Owned<postern_socket, &postern_socket_free> socket_;
};

// May be used by any number of threads.
class Network {
 public:
  static Result<Network> Create(const Context& context) {
    return Create(context, internal::Struct<postern_network_options>());
  }
  static Result<Network> Create(const Context& context,
                                const postern_network_options& options) {
    postern_network* made = nullptr;
    return internal::Try(
        [&](postern_error* error) {
          return postern_network_new(context.get(), &options, &made, error);
        },
        [&] { return Network(made); });
  }
  // `wait` may be null: without end.
  Result<Socket> Connect(std::string_view endpoint,
                         postern_transport transport = POSTERN_STREAM,
                         const postern_wait* wait = nullptr) const {
    return Make([&](postern_socket** out, postern_error* error) {
      return postern_network_connect(network_.get(), endpoint.data(),
                                     endpoint.size(), transport, wait, out,
                                     error);
    });
  }
  Result<Socket> Listen(std::string_view endpoint,
                        postern_transport transport = POSTERN_STREAM,
                        int32_t backlog = 128,
                        const postern_wait* wait = nullptr) const {
    return Make([&](postern_socket** out, postern_error* error) {
      return postern_network_listen(network_.get(), endpoint.data(),
                                    endpoint.size(), transport, backlog, wait,
                                    out, error);
    });
  }
  Result<Socket> Accept(const Socket& listener,
                        const postern_wait* wait = nullptr) const {
    return Make([&](postern_socket** out, postern_error* error) {
      return postern_network_accept(network_.get(), listener.get(), wait, out,
                                    error);
    });
  }
  postern_network* get() const { return network_.get(); }

 private:
  explicit Network(postern_network* network) : network_(network) {}
  template <typename Call>
  static Result<Socket> Make(Call call) {
    postern_socket* made = nullptr;
    return internal::Try(
        [&](postern_error* error) { return call(&made, error); },
        [&] { return Socket(made); });
  }

  internal::Owned<postern_network, &postern_network_free> network_;
};

}  // namespace stable
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_POSTERN_OPERATIONS_HPP_
