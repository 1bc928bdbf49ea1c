package import Lifecycle
import Synchronization

/// One thread that carries the connections of many servers and tunnels, with OpenSSL and epoll.
///
/// All sockets are local to the thread; tasks reach it by commands. It ends with ``stop()`` or when nobody holds the loop
/// any more; servers then end, and waiting exchanges fail with `.closed`.
package final class ConnectionLoop: Sendable {
    let inbox: CommandInbox<ConnectionCommand>
    private let end = ThreadEnd()
    private let thread = Mutex<LoopThread?>(nil)
    /// Triggered when the thread has ended: after ``stop()``, or because the machine gave out.
    package let ended = ShutdownSignal()

    private init(inbox: CommandInbox<ConnectionCommand>) {
        self.inbox = inbox
    }

    deinit {
        inbox.close()
    }

    /// Starts the thread.
    ///
    /// - Throws: ``TransportError`` `.system`.
    package static func start() throws(TransportError) -> ConnectionLoop {
        let loop = ConnectionLoop(inbox: try CommandInbox<ConnectionCommand>())
        let (inbox, end, ended) = (loop.inbox, loop.end, loop.ended)
        let thread = try LoopThread.start(name: "connections") {
            ConnectionEngine.run(inbox: inbox)
            end.announce()
            ended.trigger()
        }
        loop.thread.withLock { $0 = thread }
        return loop
    }

    /// False once the loop has been stopped or has failed for good. For a liveness check.
    package var isRunning: Bool { !inbox.isClosed }

    /// Ends all connections and returns when nothing of the thread is left. May be called repeatedly.
    package func stop() async {
        inbox.close()
        await end.wait()
        thread.withLock { $0 }?.join()
    }
}
