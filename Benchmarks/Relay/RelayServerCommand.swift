import Foundation
import Glibc
import Lifecycle
import Transport

/// `martlet-bench relay-server`: a remote's API server whose execs carry bytes as fast as they are taken, until SIGTERM.
///
/// One thread of ``RelayEngine`` has all of its sockets; what is no exec a ``StandInServer`` answers behind it.
struct RelayServerCommand: Sendable {
    let port: UInt16
    /// PEM files.
    let certificate: String
    let key: String

    init(arguments: [String]) throws(BenchmarkError) {
        var options = try Options(arguments)
        guard let port = try options.number("port").flatMap({ UInt16(exactly: $0) }) else {
            throw BenchmarkError("--port must be a port")
        }
        self.port = port
        certificate = try options.required("certificate")
        key = try options.required("key")
        try options.checkAllUsed()
    }

    func run() async throws {
        let signals = Signals.stream([SIGTERM, SIGINT])
        let loop = try ConnectionLoop.start()
        let others = try HTTPServer(on: loop, host: "127.0.0.1", port: 0, context: nil)
        let standIn = StandInServer(name: "remote", manner: .calm, takesPods: true)
        let failures = startThread(others: others.port)
        let service = ClosureService {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await others.run { await standIn.answer($0) } }
                group.addTask { for await failure in failures { throw failure } }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
        try await UntilSignal.run(signals, service)
        await loop.stop()
    }

    /// Starts the thread, which lives as long as the process.
    ///
    /// - Returns: why it ended, if it does.
    private func startThread(others: UInt16) -> AsyncStream<BenchmarkError> {
        let (stream, continuation) = AsyncStream<BenchmarkError>.makeStream()
        let thread = Thread {
            do throws(BenchmarkError) {
                try serve(others: others)
            } catch {
                continuation.yield(error)
            }
        }
        thread.name = "relay-server"
        thread.start()
        return stream
    }

    private func serve(others: UInt16) throws(BenchmarkError) {
        let engine = try RelayEngine()
        let context = try RelayTLSContext(server: true, certificate: certificate, key: key, authority: nil)
        let socket = try RelaySocket.listening(at: "127.0.0.1", port: port)
        let listener = RelayListener(socket, context, others: others, engine)
        engine.wake(listener)
        while true {
            try engine.turn()
            if let failure = listener.failure { throw failure }
        }
    }
}
