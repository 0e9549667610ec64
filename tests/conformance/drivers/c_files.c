#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/conformance/drivers/c_host.h"

#define PATH(t) (t)->files, (t)->attempt->path.data, (t)->attempt->path.size
#define TO(t) NULL, (t)->attempt->to.data, (t)->attempt->to.size
#define ERROR(t) (t)->host->error

static void tell_buffer(trial* t, postern_buffer* buffer) {
  size_t size = 0;
  const char* data = postern_buffer_data(buffer, &size);
  tell(t, data, size);
  postern_buffer_free(buffer);
}

static int opened(trial* t, uint32_t flags, int32_t* fd) {
  return answered(t,
                  postern_files_open(PATH(t), flags, 0644, fd, NULL, ERROR(t)));
}

static void read_file(trial* t) {
  char bytes[256];
  int32_t fd;
  const uint32_t nofollow = t->attempt->nofollow ? POSTERN_OPEN_NOFOLLOW : 0;
  if (!opened(t, POSTERN_OPEN_READ | nofollow, &fd)) return;
  const ssize_t size = read(fd, bytes, sizeof bytes);
  if (answered_call(t, size)) tell(t, bytes, (size_t)size);
  close(fd);
}

static void write_opened(trial* t, uint32_t flags) {
  int32_t fd;
  if (!opened(t, POSTERN_OPEN_WRITE | POSTERN_OPEN_CREATE | flags, &fd)) return;
  answered_call(t, write(fd, t->attempt->text.data, t->attempt->text.size));
  close(fd);
}
static void write_file(trial* t) {
  answered(t, postern_files_write(PATH(t), t->attempt->text.data,
                                  t->attempt->text.size, 0644, ERROR(t)));
}
static void append(trial* t) { write_opened(t, POSTERN_OPEN_APPEND); }
static void create(trial* t) { write_opened(t, POSTERN_OPEN_EXCLUSIVE); }

static void truncate_file(trial* t) {
  answered(
      t, postern_files_set_size(PATH(t), (uint64_t)t->attempt->size, ERROR(t)));
}

static void info(trial* t, int32_t follow) {
  postern_file_info found = {.struct_size = sizeof found};
  answered(t, postern_files_info(PATH(t), follow, &found, ERROR(t)));
}
static void stat_file(trial* t) { info(t, 1); }
static void lstat_file(trial* t) { info(t, 0); }
static void access_file(trial* t) {
  answered(t, postern_files_access(PATH(t), 0, ERROR(t)));
}

static void real_path(trial* t) {
  postern_open_file* file = NULL;
  if (!answered(t, postern_files_open_file(PATH(t), POSTERN_OPEN_READ, 0, &file,
                                           ERROR(t)))) {
    return;
  }
  size_t size = 0;
  const char* name = postern_open_file_name(file, &size);
  tell(t, name, size);
  postern_open_file_free(file);
}

static void read_link(trial* t) {
  postern_buffer* target = NULL;
  if (answered(t, postern_files_readlink(PATH(t), &target, ERROR(t)))) {
    tell_buffer(t, target);
  }
}

static void list(trial* t) {
  postern_listing* listing = NULL;
  postern_entry entry = {.struct_size = sizeof entry};
  if (!answered(t, postern_files_list(PATH(t), &listing, ERROR(t)))) return;
  while (postern_listing_next(listing, &entry, ERROR(t)) == POSTERN_OK) {
    tell(t, entry.name.data, entry.name.size);
    tell(t, "\n", 1);
  }
  postern_listing_free(listing);
}

static void watch(trial* t) {
  postern_watch* made = NULL;
  answered(t, postern_files_watch(PATH(t), POSTERN_WATCH_ALL, &made, ERROR(t)));
  postern_watch_free(made);
}

static void change_folder(trial* t) {
  postern_files* in = NULL;
  answered(t, postern_files_in(PATH(t), &in, ERROR(t)));
  postern_files_free(in);
}

static void make_folder(trial* t) {
  answered(t, postern_files_make_directory(PATH(t), 0755, ERROR(t)));
}
static void make_fifo(trial* t) {
  answered(t, postern_files_make_node(PATH(t), POSTERN_KIND_FIFO, 0644, 0,
                                      ERROR(t)));
}
static void make_temporary(trial* t) {
  const postern_bytes path = t->attempt->path;
  const char* last = strrchr(path.data, '/');
  const size_t folder = (size_t)(last - path.data);
  postern_buffer* name = NULL;
  answered(t, postern_files_create_temporary_directory(
                  t->files, path.data, folder, last + 1, path.size - folder - 1,
                  &name, ERROR(t)));
  postern_buffer_free(name);
}

static void remove_folder(trial* t) {
  answered(t, postern_files_remove_directory(PATH(t), ERROR(t)));
}
static void remove_file(trial* t) {
  answered(t, postern_files_remove(PATH(t), ERROR(t)));
}
static void remove_tree(trial* t) {
  answered(t, postern_files_remove_all(PATH(t), ERROR(t)));
}

static void rename_file(trial* t) {
  answered(t,
           postern_files_move(PATH(t), TO(t), POSTERN_MOVE_REPLACE, ERROR(t)));
}
static void link_file(trial* t) {
  answered(t, postern_files_link(PATH(t), TO(t), ERROR(t)));
}
static void copy(trial* t) {
  answered(t, postern_files_copy(PATH(t), TO(t), 1, ERROR(t)));
}
static void make_link(trial* t) {
  const attempt* a = t->attempt;
  answered(t, postern_files_symlink(t->files, a->target.data, a->target.size,
                                    a->path.data, a->path.size, ERROR(t)));
}

static void change_mode(trial* t) {
  answered(t, postern_files_set_mode(PATH(t), t->attempt->mode, ERROR(t)));
}
static void change_owner(trial* t) {
  answered(t, postern_files_set_owner(PATH(t), 1, t->attempt->user,
                                      t->attempt->group, ERROR(t)));
}
static void change_times(trial* t) {
  const int64_t ns = t->attempt->time_ms * 1000000;
  answered(t, postern_files_set_times(PATH(t), 1, ns, ns, ERROR(t)));
}
static void set_attribute(trial* t) {
  const attempt* a = t->attempt;
  answered(t, postern_files_set_attribute(PATH(t), a->name.data, a->name.size,
                                          a->value.data, a->value.size,
                                          POSTERN_ATTRIBUTE_SET, ERROR(t)));
}

const named_operation kFileOperations[] = {{"fs.read", read_file},
                                           {"fs.write", write_file},
                                           {"fs.append", append},
                                           {"fs.create", create},
                                           {"fs.truncate", truncate_file},
                                           {"fs.stat", stat_file},
                                           {"fs.lstat", lstat_file},
                                           {"fs.access", access_file},
                                           {"fs.realpath", real_path},
                                           {"fs.readlink", read_link},
                                           {"fs.list", list},
                                           {"fs.watch", watch},
                                           {"fs.chdir", change_folder},
                                           {"fs.mkdir", make_folder},
                                           {"fs.mkfifo", make_fifo},
                                           {"fs.mkdtemp", make_temporary},
                                           {"fs.rmdir", remove_folder},
                                           {"fs.remove", remove_file},
                                           {"fs.remove_tree", remove_tree},
                                           {"fs.rename", rename_file},
                                           {"fs.link", link_file},
                                           {"fs.copy", copy},
                                           {"fs.symlink", make_link},
                                           {"fs.chmod", change_mode},
                                           {"fs.chown", change_owner},
                                           {"fs.utimes", change_times},
                                           {"fs.setxattr", set_attribute},
                                           {NULL, NULL}};

/* Opens, gives up what is to be given up then, and calls. */
static void with_handle(trial* t,
                        void (*use)(trial* t, postern_open_file* file)) {
  postern_open_file* file = NULL;
  const uint32_t flags =
      t->attempt->for_writing ? POSTERN_OPEN_WRITE : POSTERN_OPEN_READ;
  if (answered(t,
               postern_files_open_file(PATH(t), flags, 0, &file, ERROR(t)))) {
    if (t->attempt->drop_when_opened) drop(t);
    t->answer->verdict = DENIED;
    use(t, file);
  }
  postern_open_file_free(file);
}

static void use_read(trial* t, postern_open_file* file) {
  char bytes[256];
  const ssize_t size =
      read(postern_open_file_descriptor(file), bytes, sizeof bytes);
  if (answered_call(t, size)) tell(t, bytes, (size_t)size);
}
static void use_write(trial* t, postern_open_file* file) {
  answered_call(t, write(postern_open_file_descriptor(file),
                         t->attempt->text.data, t->attempt->text.size));
}
static void use_stat(trial* t, postern_open_file* file) {
  postern_file_info found = {.struct_size = sizeof found};
  answered(t, postern_open_file_get_info(file, &found, ERROR(t)));
}
static void use_sync(trial* t, postern_open_file* file) {
  answered(t, postern_open_file_sync(file, ERROR(t)));
}
static void use_mode(trial* t, postern_open_file* file) {
  answered(t, postern_open_file_set_mode(file, t->attempt->mode, ERROR(t)));
}
static void use_owner(trial* t, postern_open_file* file) {
  answered(t, postern_open_file_set_owner(file, t->attempt->user,
                                          t->attempt->group, ERROR(t)));
}
static void use_times(trial* t, postern_open_file* file) {
  const int64_t ns = t->attempt->time_ms * 1000000;
  answered(t, postern_open_file_set_times(file, ns, ns, ERROR(t)));
}
static void use_size(trial* t, postern_open_file* file) {
  answered(t, postern_open_file_set_size(file, (uint64_t)t->attempt->size,
                                         ERROR(t)));
}

static void handle_read(trial* t) { with_handle(t, use_read); }
static void handle_write(trial* t) { with_handle(t, use_write); }
static void handle_stat(trial* t) { with_handle(t, use_stat); }
static void handle_sync(trial* t) { with_handle(t, use_sync); }
static void handle_mode(trial* t) { with_handle(t, use_mode); }
static void handle_owner(trial* t) { with_handle(t, use_owner); }
static void handle_times(trial* t) { with_handle(t, use_times); }
static void handle_size(trial* t) { with_handle(t, use_size); }

const named_operation kHandleOperations[] = {{"handle.read", handle_read},
                                             {"handle.write", handle_write},
                                             {"handle.stat", handle_stat},
                                             {"handle.sync", handle_sync},
                                             {"handle.chmod", handle_mode},
                                             {"handle.chown", handle_owner},
                                             {"handle.utimes", handle_times},
                                             {"handle.truncate", handle_size},
                                             {NULL, NULL}};
