// Times system calls of this process: as often as the first word says, opening
// and closing the file that the second one names, and getppid(2), which nobody
// looks at but a filter. Prints nanoseconds a call, one a line.

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{1000000000} * now.tv_sec + now.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int count = atoi(argv[1]);
  if (count <= 0) return 2;
  const int64_t begin = NowNs();
  for (int i = 0; i < count; ++i) {
    const int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 1;
    close(fd);
  }
  const int64_t middle = NowNs();
  for (int i = 0; i < count; ++i) syscall(SYS_getppid);
  const int64_t end = NowNs();
  printf("%f\n%f\n", static_cast<double>(middle - begin) / count,
         static_cast<double>(end - middle) / count);
  return 0;
}
