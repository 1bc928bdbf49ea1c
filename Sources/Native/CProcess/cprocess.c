#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Everything below runs between fork and exec: only async-signal-safe calls, no allocation.

static int reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) {
        sigaction(number, &standard, NULL);  // fails for SIGKILL, SIGSTOP and glibc's own, which stay as they are
    }
    sigset_t none;
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

// The descriptors are moved above the standard ones first, so that none is overwritten before it has been used.
static int place_descriptors(int input, int output, int error) {
    int sources[3] = {input, output, error};
    for (int target = 0; target < 3; target++) {
        sources[target] = fcntl(sources[target], F_DUPFD_CLOEXEC, 3);
        if (sources[target] < 0) return -1;
    }
    for (int target = 0; target < 3; target++) {
        if (dup2(sources[target], target) < 0) return -1;
    }
    return close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

static void become(
    pid_t parent, const char *path, char *const arguments[], char *const environment[], const char *directory,
    int input, int output, int error) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return;
    if (getppid() != parent) {  // the parent ended before the kernel was told to watch it
        errno = ESRCH;
        return;
    }
    if (setpgid(0, 0) != 0 || reset_signals() != 0) return;
    if (directory != NULL && chdir(directory) != 0) return;
    if (place_descriptors(input, output, error) != 0) return;
    execve(path, arguments, environment);
}

pid_t martlet_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    int input, int output, int error) {
    // Carries the errno of a child that could not become the program; closed by a successful exec.
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        become(parent, path, arguments, environment, directory, input, output, error);
        int reason = errno;
        ssize_t written = write(report[1], &reason, sizeof reason);
        _exit(written == (ssize_t)sizeof reason ? 127 : 126);
    }
    int reason = child < 0 ? errno : 0;
    close(report[1]);
    if (child > 0) {
        ssize_t got;
        do {
            got = read(report[0], &reason, sizeof reason);
        } while (got < 0 && errno == EINTR);
        if (got == (ssize_t)sizeof reason) {
            waitpid(child, NULL, 0);
        } else {
            reason = 0;
        }
    }
    close(report[0]);
    return reason != 0 ? -reason : child;
}

int martlet_poll(struct pollfd *descriptors, size_t count, int64_t nanoseconds) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int ready = ppoll(descriptors, count, nanoseconds < 0 ? NULL : &limit, NULL);
    return ready < 0 && errno == EINTR ? 0 : ready;
}
