// What the testbed needs of the operating system and Swift's Glibc module does not offer.
#ifndef MARTLET_CPROCESS_H
#define MARTLET_CPROCESS_H

#include <poll.h>
#include <stdint.h>
#include <sys/types.h>

// Starts `path` with `arguments` and `environment` (both end with NULL) in `directory` (NULL: as it is), with
// `input`, `output` and `error` as its standard descriptors and no other, default signal handling, and as the leader of
// a process group of its own. The kernel kills it (SIGKILL) when the calling *thread* ends, so that no child outlives
// a harness that is killed: the caller must keep the thread for as long as the child is to live.
//
// Returns the process id, or the negated errno of the step that failed; there is no child then.
pid_t martlet_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *directory,
    int input, int output, int error);

// ppoll with a time-out in nanoseconds, negative for none. Returns what ppoll returns, -1 with EINTR turned into 0.
int martlet_poll(struct pollfd *descriptors, size_t count, int64_t nanoseconds);

#endif
