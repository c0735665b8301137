/*
 * Preloaded into a server under test: makes its syncs wait or fail, and moves its wall clock, as the file that CHAOS_CONTROL names
 * says. The file is mapped, so that a change counts at once: nanoseconds to add to the wall clock (8 bytes), 1 while syncs wait
 * (4 bytes), 1 while syncs fail with EIO (4 bytes), in the machine's byte order. The monotonic clock is left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
    volatile int64_t clock;
    volatile int32_t stall;
    volatile int32_t fail;
};

static struct control *control;
static int (*real_gettime)(clockid_t, struct timespec *);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CHAOS_CONTROL");
    real_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, sizeof(struct control), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (map != MAP_FAILED) control = map;
}

static int held(void) {
    while (control && control->stall) usleep(1000);
    return control && control->fail;
}

int fsync(int file) {
    if (held()) {
        errno = EIO;
        return -1;
    }
    return real_fsync(file);
}

int fdatasync(int file) {
    if (held()) {
        errno = EIO;
        return -1;
    }
    return real_fdatasync(file);
}

static void move(struct timespec *at) {
    int64_t nanos = (int64_t)at->tv_sec * 1000000000 + at->tv_nsec + (control ? control->clock : 0);
    at->tv_sec = nanos / 1000000000;
    at->tv_nsec = nanos % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    if (!real_gettime) real_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real_gettime(clock, at);
    if (result == 0 && clock == CLOCK_REALTIME) move(at);
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
