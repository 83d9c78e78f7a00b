#define _GNU_SOURCE
#include "cquic.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

int cquic_epoll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd >= 0 ? fd : -errno;
}

int cquic_eventfd_create(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd >= 0 ? fd : -errno;
}

static int control(int epoll_fd, int operation, int fd, uint32_t flags, uint64_t token) {
    struct epoll_event event;
    event.events = 0;
    if (flags & CQUIC_READABLE) event.events |= EPOLLIN;
    if (flags & CQUIC_WRITABLE) event.events |= EPOLLOUT;
    event.data.u64 = token;
    return epoll_ctl(epoll_fd, operation, fd, &event) == 0 ? 0 : -errno;
}

int cquic_epoll_add(int epoll_fd, int fd, uint32_t flags, uint64_t token) {
    return control(epoll_fd, EPOLL_CTL_ADD, fd, flags, token);
}

int cquic_epoll_modify(int epoll_fd, int fd, uint32_t flags, uint64_t token) {
    return control(epoll_fd, EPOLL_CTL_MOD, fd, flags, token);
}

int cquic_epoll_remove(int epoll_fd, int fd) { return control(epoll_fd, EPOLL_CTL_DEL, fd, 0, 0); }

static int wait_for(int epoll_fd, struct epoll_event *raw, int capacity, int64_t timeout_ns) {
    static int lacks_pwait2 = 0;
    if (timeout_ns <= 0) return epoll_wait(epoll_fd, raw, capacity, timeout_ns < 0 ? -1 : 0);
    if (!__atomic_load_n(&lacks_pwait2, __ATOMIC_RELAXED)) {
        struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
        int count = epoll_pwait2(epoll_fd, raw, capacity, &timeout, NULL);
        if (count >= 0 || errno != ENOSYS) return count;
        __atomic_store_n(&lacks_pwait2, 1, __ATOMIC_RELAXED);
    }
    int64_t ms = (timeout_ns + 999999) / 1000000;
    return epoll_wait(epoll_fd, raw, capacity, ms > 1000000 ? 1000000 : (int)ms);
}

int cquic_epoll_wait(int epoll_fd, cquic_event *events, int capacity, int64_t timeout_ns) {
    struct epoll_event raw[64];
    if (capacity > 64) capacity = 64;
    int count = wait_for(epoll_fd, raw, capacity, timeout_ns);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        events[i].token = raw[i].data.u64;
        events[i].flags = 0;
        events[i].reserved = 0;
        if (raw[i].events & EPOLLIN) events[i].flags |= CQUIC_READABLE;
        if (raw[i].events & EPOLLOUT) events[i].flags |= CQUIC_WRITABLE;
        if (raw[i].events & (EPOLLERR | EPOLLHUP)) events[i].flags |= CQUIC_FAILED;
    }
    return count;
}

int cquic_eventfd_signal(int fd) {
    uint64_t one = 1;
    return write(fd, &one, sizeof one) == sizeof one ? 0 : -errno;
}

int cquic_eventfd_clear(int fd) {
    uint64_t value;
    return read(fd, &value, sizeof value) == sizeof value ? 0 : -errno;
}

uint64_t cquic_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

typedef struct thread_start {
    void (*body)(void *);
    void *argument;
} thread_start;

static void *run_thread(void *raw) {
    thread_start start = *(thread_start *)raw;
    free(raw);
    start.body(start.argument);
    return NULL;
}

int cquic_start_thread(void (*body)(void *), void *argument) {
    thread_start *start = malloc(sizeof *start);
    if (!start) return -ENOMEM;
    start->body = body;
    start->argument = argument;
    pthread_t thread;
    int result = pthread_create(&thread, NULL, run_thread, start);
    if (result != 0) {
        free(start);
        return -result;
    }
    pthread_detach(thread);
    return 0;
}

void cquic_name_thread(const char *name) { (void)pthread_setname_np(pthread_self(), name); }

void cquic_random(void *destination, size_t count) {
    uint8_t *at = destination;
    while (count > 0) {
        ssize_t got = getrandom(at, count > 256 ? 256 : count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            abort();
        }
        at += got;
        count -= (size_t)got;
    }
}
