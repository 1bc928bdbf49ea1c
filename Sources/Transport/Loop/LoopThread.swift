import CTransport
import Glibc
import Synchronization

/// A thread for what blocks in the kernel, which no task may do. It ends when its body does, whether or not somebody waits
/// for that.
package final class LoopThread: Sendable {
    /// Nil once it has been joined.
    private let thread: Mutex<pthread_t?>

    private init(_ thread: pthread_t) {
        self.thread = Mutex(thread)
    }

    deinit {
        if let thread = thread.withLock({ $0 }) { pthread_detach(thread) }
    }

    /// Returns when nothing of the thread is left, also nothing that libraries keep for each thread: `exit` takes the
    /// libraries' state away, and a thread that is just ending would still touch OpenSSL's. Blocks: to be called when the
    /// body has come to its end.
    func join() {
        thread.withLock { thread in
            guard let running = thread else { return }
            pthread_join(running, nil)
            thread = nil
        }
    }

    /// Carries the body over to the thread.
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a thread without signals: they are for other threads, and a connection that breaks while libcurl writes to
    /// it is an error of that write, not a SIGPIPE for the process (CURLOPT_NOSIGNAL leaves that to us).
    ///
    /// - Parameter name: for people who look at threads; at most 15 bytes.
    /// - Throws: ``TransportError`` `.system` if there can be no more threads.
    @discardableResult
    package static func start(
        name: String,
        _ body: @escaping @Sendable () -> Void
    ) throws(TransportError) -> LoopThread {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var (all, before) = (sigset_t(), sigset_t())
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, LoopThread.enter, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw TransportError(.system, "pthread_create: \(String(cString: strerror(status)))")
        }
        return LoopThread(thread)
    }

    private static let enter: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        guard let context = $0 else { return nil }
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        mt_thread_set_name(start.name)
        start.body()
        return nil
    }
}
