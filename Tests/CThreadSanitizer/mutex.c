// The thread sanitizer reports races between code that a contended Synchronization.Mutex keeps apart: the slow halves of
// lock and unlock are in the toolchain's own library, which is not built with the sanitizer, and the kernel hands the
// lock over without a word. In builds with the sanitizer, and only there, the two functions below take the place of
// those of the library: the same futex operations, and the sanitizer is told. Should a toolchain rename its functions,
// the reports come back; nothing else changes.
#include "CThreadSanitizer.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)

#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

// Synchronization._MutexHandle._lockSlow(UInt32), called when the lock is not free.
__attribute__((swiftcall)) void mutex_lock_slow(uint32_t thread, __attribute__((swift_context)) uint32_t *lock)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

// Synchronization._MutexHandle._unlockSlow(), called when others wait for the lock.
__attribute__((swiftcall)) void mutex_unlock_slow(__attribute__((swift_context)) uint32_t *lock)
    __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

__attribute__((swiftcall)) void mutex_lock_slow(uint32_t thread, __attribute__((swift_context)) uint32_t *lock) {
    (void)thread;
    while (syscall(SYS_futex, lock, FUTEX_LOCK_PI_PRIVATE, 0, NULL) != 0) {
        // EAGAIN: the owner is about to end. EDEADLK and all others are faults of the program.
        if (errno != EINTR && errno != EAGAIN) abort();
    }
    __tsan_acquire(lock);
}

__attribute__((swiftcall)) void mutex_unlock_slow(__attribute__((swift_context)) uint32_t *lock) {
    __tsan_release(lock);
    while (syscall(SYS_futex, lock, FUTEX_UNLOCK_PI_PRIVATE) != 0) {
        if (errno != EINTR && errno != EAGAIN) abort();
    }
}

#endif
#endif
