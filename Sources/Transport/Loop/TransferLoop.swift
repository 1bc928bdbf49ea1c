import CTransport
package import Lifecycle
import Synchronization

/// One thread that carries many HTTP transfers with libcurl's multi interface and epoll.
///
/// A loop serves some hundreds of streams. Everything of libcurl is local to its thread; calls reach it as commands. The
/// thread ends with `stop()` or when nobody holds the loop any more; transfers still under way fail with `.closed`.
package final class TransferLoop: Sendable {
    /// The bounds of the connections that one loop keeps.
    package struct Limits: Sendable {
        /// To one host and port, in use and idle. Each watch takes one for itself; calls beyond it wait their turn.
        package var connectionsPerHost: Int
        /// Kept idle for reuse over all hosts, beside one for each host that a stream comes from. As calls end, the oldest
        /// beyond these goes: what a burst has opened is given back.
        package var idleConnections: Int

        package init(connectionsPerHost: Int = 512, idleConnections: Int = 64) {
            self.connectionsPerHost = connectionsPerHost
            self.idleConnections = idleConnections
        }
    }

    let inbox: CommandInbox<TransferCommand>
    private let end = ThreadEnd()
    private let thread = Mutex<LoopThread?>(nil)
    /// Triggered when the thread has ended: after `stop()`, or because the machine is out of memory or descriptors. No
    /// call can be made from then on, so who lives by calls should end too.
    package let ended = ShutdownSignal()

    private init(inbox: CommandInbox<TransferCommand>) {
        self.inbox = inbox
    }

    deinit {
        inbox.close()
    }

    /// Starts the thread.
    ///
    /// - Throws: `TransportError` `.system`.
    package static func start(limits: Limits = Limits()) throws(TransportError) -> TransferLoop {
        try CurlLibrary.load()
        let loop = TransferLoop(inbox: try CommandInbox<TransferCommand>())
        let (inbox, end, ended) = (loop.inbox, loop.end, loop.ended)
        let thread = try LoopThread.start(name: "transfers") {
            TransferEngine.run(inbox: inbox, limits: limits)
            end.announce()
            ended.trigger()
        }
        loop.thread.withLock { $0 = thread }
        return loop
    }

    /// False once the loop has been stopped or has failed for good, which only happens when the machine is out of
    /// memory or descriptors. For a liveness check.
    package var isRunning: Bool { !inbox.isClosed }

    /// Ends all transfers with `.closed` and returns when nothing of the thread is left. May be called repeatedly.
    package func stop() async {
        inbox.close()
        await end.wait()
        thread.withLock { $0 }?.join()
    }
}

/// libcurl's state for the whole process.
private enum CurlLibrary {
    // A global of Swift is made once, whichever thread comes first.
    private static let status = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    static func load() throws(TransportError) {
        guard status == CURLE_OK else { throw TransportError(.system, "libcurl cannot be initialised") }
    }
}
